import { ActionIcon, Drawer, Group, ScrollArea, Skeleton, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconMaximize, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import classes from "./DetailDrawer.module.css";
import { ProblemAlert } from "./ProblemAlert";
import { t } from "./text";

/**
 * The essentials of one record beside its list, with the acts allowed now. The address holds which record is open
 * (?open=…), so "Back" closes it. `page` is the record's full page where it has one.
 */
export function DetailDrawer({
  opened,
  onClose,
  title,
  badge,
  kind,
  page,
  pageLabel,
  acts,
  loading,
  error,
  onRetry,
  children,
}: {
  opened: boolean;
  onClose: () => void;
  title: string;
  badge?: ReactNode;
  kind: string;
  page?: string;
  pageLabel?: string;
  acts?: ReactNode;
  loading?: boolean;
  error?: unknown;
  onRetry?: () => void;
  children?: ReactNode;
}) {
  return (
    <Drawer.Root
      opened={opened}
      onClose={onClose}
      position="right"
      size={520}
      transitionProps={{ duration: 120 }}
      classNames={{ content: classes.content }}
    >
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={title || kind}>
        <div className={classes.head}>
          <div className={classes.words}>
            <Text size="xs" c="dimmed">
              {kind}
            </Text>
            {loading ? (
              <Skeleton h={24} w={220} />
            ) : (
              <Group gap="xs">
                <Title order={2} fz="lg">
                  {title}
                </Title>
                {badge}
              </Group>
            )}
          </div>
          {page && (
            <Tooltip label={pageLabel ?? t("more")}>
              <ActionIcon component={Link} to={page} aria-label={pageLabel ?? t("more")}>
                <IconMaximize size={18} />
              </ActionIcon>
            </Tooltip>
          )}
          <ActionIcon onClick={onClose} aria-label={t("close")}>
            <IconX size={18} />
          </ActionIcon>
        </div>
        {acts && !loading && !error && <Group className={classes.acts}>{acts}</Group>}
        <ScrollArea className={classes.body} type="auto" viewportProps={{ tabIndex: 0 }}>
          <div className={classes.inner}>
            {error ? (
              <ProblemAlert error={error} onRetry={onRetry} />
            ) : loading ? (
              <Stack gap="sm">
                {[80, 60, 90, 50].map((w) => (
                  <Skeleton key={w} h={18} w={`${w}%`} />
                ))}
              </Stack>
            ) : (
              children
            )}
          </div>
        </ScrollArea>
      </Drawer.Content>
    </Drawer.Root>
  );
}
