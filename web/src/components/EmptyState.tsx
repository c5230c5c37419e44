import { Group, Stack, Text, ThemeIcon } from "@mantine/core";
import { type Icon, IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** An empty place says what belongs here, why one would want it, and offers the one act that fills it. */
export function EmptyState({
  icon: Sign = IconInbox,
  title,
  body,
  action,
}: {
  icon?: Icon;
  title: string;
  body?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" maw={480} mx="auto" ta="center">
      <ThemeIcon variant="default" size={40} radius="sm" aria-hidden>
        <Sign size={22} stroke={1.5} />
      </ThemeIcon>
      <Text fw={600} component="h2" fz="md">
        {title}
      </Text>
      {body && (
        <Text size="sm" c="dimmed">
          {body}
        </Text>
      )}
      {action && (
        <Group mt="xs" justify="center">
          {action}
        </Group>
      )}
    </Stack>
  );
}
