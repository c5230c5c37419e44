import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { partOf } from "@/api/records";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import type { SlotProps } from "@/components/Slot";
import { CommentItem } from "./CommentItem";
import { Composer } from "./Composer";
import classes from "./comment.module.css";
import { t } from "./text";
import { threads } from "./threads";

/** The conversation about a record: the newest comments first loaded, shown in the order in which they were written. */
export function CommentsPanel({ kind, id }: SlotProps) {
  const client = useQueryClient();
  const can = useCan();
  const [replying, setReplying] = useState<string>();
  const query = useInfiniteQuery({
    queryKey: keys.part(kind, id, "comments"),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET(partOf(kind, "comments"), {
          params: { path: { id }, query: { sort: "-createdAt", limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
  const list = useMemo(() => threads(query.data?.pages.flatMap((p) => p.items) ?? []), [query.data]);
  const refresh = () => client.invalidateQueries({ queryKey: keys.one(kind, id) });
  const add = async (body: string, external: boolean, replyTo?: string) => {
    await ok(api.POST(partOf(kind, "comments"), { params: { path: { id } }, body: { body, external, replyTo } }));
    setReplying(undefined);
    await refresh();
  };
  const mayWrite = can("comment.write_comment");
  return (
    <section aria-label={t("title")}>
      <Title order={2} mb="xs">
        {t("title")}
      </Title>
      {query.isPending ? (
        <Skeleton h={120} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack gap="md">
          {query.hasNextPage && (
            <Button
              variant="subtle"
              size="compact-sm"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {t("earlier")}
            </Button>
          )}
          {list.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("emptyTitle")}. {t("emptyBody")}
            </Text>
          ) : (
            <ol className={classes.threads}>
              {list.map((thread) => (
                <li key={thread.id}>
                  {thread.first && (
                    <CommentItem
                      kind={kind}
                      record={id}
                      comment={thread.first}
                      onReply={() => setReplying(thread.id)}
                      onChanged={refresh}
                    />
                  )}
                  {(thread.replies.length > 0 || replying === thread.id) && (
                    <ol className={classes.replies}>
                      {thread.replies.map((c) => (
                        <li key={c.id}>
                          <CommentItem
                            kind={kind}
                            record={id}
                            comment={c}
                            onReply={() => setReplying(thread.id)}
                            onChanged={refresh}
                          />
                        </li>
                      ))}
                      {replying === thread.id && (
                        <li>
                          <Composer
                            label={t("writeReply", { name: (thread.first ?? thread.replies[0])?.authorName ?? "" })}
                            verb={t("sendReply")}
                            canTellOutside
                            autoFocus
                            onSend={(body, external) => add(body, external, thread.id)}
                            onCancel={() => setReplying(undefined)}
                          />
                        </li>
                      )}
                    </ol>
                  )}
                </li>
              ))}
            </ol>
          )}
          {mayWrite && (
            <Composer
              label={t("write")}
              verb={t("send")}
              canTellOutside
              onSend={(body, external) => add(body, external)}
            />
          )}
        </Stack>
      )}
    </section>
  );
}
