import { ActionIcon, Button, Group, Menu, Modal, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconDots, IconWorld } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { keys } from "@/api/query";
import { partOf } from "@/api/records";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { Composer } from "./Composer";
import { Markdown } from "./Markdown";
import { t } from "./text";
import type { Comment } from "./threads";

/** One comment with its acts; a deleted one keeps its place. */
export function CommentItem({
  kind,
  record,
  comment: c,
  onReply,
  onChanged,
}: {
  kind: string;
  record: string;
  comment: Comment;
  onReply: () => void;
  onChanged: () => Promise<unknown>;
}) {
  const [asking, setAsking] = useState<"edit" | "delete" | "revisions">();
  const may = (act: string) => c.actions.includes(act);
  const at = { path: { id: record, commentId: c.id } };
  const one = partOf(kind, "comments/{commentId}");
  if (c.deletedAt)
    return (
      <Text size="sm" c="dimmed" fs="italic">
        {t("deletedBy", { name: c.deletedBy ?? "" })} · <TimeText value={c.deletedAt} />
      </Text>
    );
  return (
    <article>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap={6} wrap="wrap">
          <Text size="sm" fw={600}>
            {c.authorName}
          </Text>
          <Text size="xs" c="dimmed">
            <TimeText value={c.createdAt} />
          </Text>
          {c.editedAt && (
            <UnstyledButton
              fz="xs"
              c="dimmed"
              td="underline"
              aria-label={t("editedLabel")}
              onClick={() => setAsking("revisions")}
            >
              {t("edited")}
            </UnstyledButton>
          )}
          {c.external && (
            <StatusBadge tone="attention" icon={IconWorld}>
              {t("outside")}
            </StatusBadge>
          )}
        </Group>
        {(may("edit") || may("delete")) && (
          <Menu>
            <Menu.Target>
              <ActionIcon size="sm" aria-label={t("acts", { name: c.authorName })}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {may("edit") && <Menu.Item onClick={() => setAsking("edit")}>{t("edit")}</Menu.Item>}
              {may("delete") && (
                <Menu.Item c="var(--status-bad)" onClick={() => setAsking("delete")}>
                  {t("delete")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
      {asking === "edit" ? (
        <Composer
          label={t("editLabel")}
          verb={t("save")}
          body={c.body}
          autoFocus
          onCancel={() => setAsking(undefined)}
          onSend={async (body) => {
            await ok(api.PATCH(one, { params: { ...at, header: { "If-Match": ifMatch(c.version) } }, body: { body } }));
            await onChanged();
            setAsking(undefined);
          }}
        />
      ) : (
        <Markdown body={c.body} />
      )}
      {may("reply") && asking !== "edit" && (
        <Button
          variant="subtle"
          size="compact-xs"
          mt={4}
          ml={-8}
          aria-label={t("replyTo", { name: c.authorName })}
          onClick={onReply}
        >
          {t("reply")}
        </Button>
      )}
      {asking === "revisions" && (
        <Revisions kind={kind} record={record} comment={c} onClose={() => setAsking(undefined)} />
      )}
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        title={t("deleteTitle", { name: c.authorName })}
        body={t("deleteBody")}
        verb={t("delete")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE(one, { params: { ...at, header: { "If-Match": ifMatch(c.version) } } }));
          await onChanged();
        }}
      />
    </article>
  );
}

function Revisions({
  kind,
  record,
  comment: c,
  onClose,
}: {
  kind: string;
  record: string;
  comment: Comment;
  onClose: () => void;
}) {
  const query = useQuery({
    queryKey: keys.part(kind, record, "comment revisions", c.id),
    queryFn: ({ signal }) =>
      ok(
        api.GET(partOf(kind, "comments/{commentId}/revisions"), {
          params: { path: { id: record, commentId: c.id } },
          signal,
        }),
      ),
  });
  return (
    <Modal opened onClose={onClose} title={t("revisions")} closeButtonProps={{ "aria-label": t("cancel") }}>
      {query.isPending ? (
        <Skeleton h={80} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack gap="md">
          {query.data.items.map((r) => (
            <div key={r.version}>
              <Text size="xs" c="dimmed">
                {t("revisionBy", { name: r.replacedBy })} · <TimeText value={r.replacedAt} />
              </Text>
              <Markdown body={r.body} />
            </div>
          ))}
        </Stack>
      )}
    </Modal>
  );
}
