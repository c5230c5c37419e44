import { Alert, Button, CopyButton, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import { t } from "./text";

/** A secret that the server will never show again. */
export function CopyOnce({
  label,
  value,
  onDone,
  about,
}: {
  label: string;
  value: string;
  onDone?: () => void;
  about?: string;
}) {
  return (
    <Alert variant="default" icon={<IconKey color="var(--status-attention)" />} title={t("copyOnce.warning")}>
      <Stack gap="xs">
        {about && <Text size="sm">{about}</Text>}
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput
            label={label}
            value={value}
            readOnly
            flex={1}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            onFocus={(e) => e.currentTarget.select()}
          />
          <CopyButton value={value} timeout={3000}>
            {({ copied, copy }) => (
              <Button
                onClick={copy}
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                aria-live="polite"
              >
                {copied ? t("copied") : t("copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
        {onDone && (
          <Group justify="flex-end">
            <Button variant="default" onClick={onDone}>
              {t("copyOnce.done")}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
