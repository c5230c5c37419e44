import { Button, Group, List, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ProblemAlert } from "./ProblemAlert";
import { t } from "./text";

/**
 * Asks before an act that cannot simply be taken back. It names the thing and says what will be lost or changed; the
 * button is the verb. `word` must be typed for the gravest acts.
 */
export function ConfirmDialog({
  opened,
  onClose,
  title,
  body,
  consequences,
  verb,
  danger,
  word,
  disabled,
  onConfirm,
  children,
}: {
  opened: boolean;
  onClose: () => void;
  title: string;
  body?: ReactNode;
  consequences?: ReactNode[];
  verb: string;
  danger?: boolean;
  word?: string;
  disabled?: boolean;
  onConfirm: () => Promise<unknown>;
  children?: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [typed, setTyped] = useState("");
  const close = () => {
    if (busy) return;
    setError(undefined);
    setTyped("");
    onClose();
  };
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      setTyped("");
      onClose();
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ "aria-label": t("close") }}>
      <Stack gap="sm">
        {body && <Text size="sm">{body}</Text>}
        {consequences && consequences.length > 0 && (
          <List size="sm" spacing={4}>
            {consequences.map((c, i) => (
              <List.Item key={i}>{c}</List.Item>
            ))}
          </List>
        )}
        {children}
        {word && (
          <TextInput
            label={t("confirm.type", { word })}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            autoComplete="off"
          />
        )}
        {error !== undefined && <ProblemAlert error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} disabled={busy}>
            {t("cancel")}
          </Button>
          <Button
            color={danger ? "red.8" : undefined}
            onClick={confirm}
            loading={busy}
            disabled={disabled || (word !== undefined && typed !== word)}
            data-autofocus={danger ? undefined : true}
          >
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
