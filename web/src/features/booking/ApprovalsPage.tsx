import { Anchor, Button, Group, Loader, Skeleton, Stack, Text } from "@mantine/core";
import { IconCheck, IconChecks, IconX } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { useUnitScope, useUrl } from "@/lib/url";
import { ActDialog } from "./Acts";
import type { Act } from "./actRules";
import { BookingDrawer } from "./BookingDrawer";
import { intentText } from "./Marks";
import classes from "./Parts.module.css";
import type { Booking } from "./queries";
import { lengthWords, spanWords } from "./span";
import { t } from "./text";

/** What waits for the reader's decision; each is decided with two touches, on the phone with a thumb. */
export function ApprovalsPage() {
  const unit = useUnitScope();
  const { search, set } = useUrl();
  const [act, setAct] = useState<{ act: Act; booking: Booking }>();
  const query = useInfiniteQuery({
    queryKey: keys.list("booking", { pending: true, unit }),
    queryFn: ({ pageParam, signal }) =>
      ok(api.GET("/api/v1/bookings/pending", { params: { query: { unit, limit: 50, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
  });
  const items = query.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Stack gap="sm" pt="xs" pb="xl" maw={860}>
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        [0, 1, 2].map((i) => <Skeleton key={i} h={132} />)
      ) : items.length === 0 ? (
        <EmptyState icon={IconChecks} title={t("approvals.emptyTitle")} body={t("approvals.emptyBody")} />
      ) : (
        <Text size="sm" c="dimmed" aria-live="polite">
          {t(query.hasNextPage ? "approvals.countMore" : "approvals.count", { count: items.length })}
        </Text>
      )}
      {items.map((b) => (
        <article key={b.id} className={classes.card} aria-label={`${b.reference} ${b.title}`}>
          <Stack gap={4}>
            <Anchor component="button" type="button" fw={600} ta="start" onClick={() => set({ open: b.id })}>
              {`${b.reference} ${b.title}`}
            </Anchor>
            <Text size="sm">{b.environments.map((e) => e.name).join(", ")}</Text>
            <Text size="sm">
              {`${spanWords(b.from, b.to)} · ${lengthWords(Date.parse(b.from), Date.parse(b.to))} · ${intentText(b.intent)}`}
            </Text>
            <Text size="xs" c="dimmed">
              {t("approvals.asked", { name: b.holder?.name ?? b.requesterName })}{" "}
              <TimeText value={b.createdAt} as="relative" plain />
              {b.release ? ` · ${b.release}` : ""}
            </Text>
            {b.description && (
              <Text size="sm" lineClamp={3}>
                {b.description}
              </Text>
            )}
            <Group gap="xs" mt="xs" grow preventGrowOverflow={false}>
              <Button
                h={44}
                leftSection={<IconCheck size={18} />}
                onClick={() => setAct({ act: "approve", booking: b })}
                aria-label={t("approvals.approve", { name: b.reference })}
              >
                {t("acts.approve.verb")}
              </Button>
              <Button
                h={44}
                variant="default"
                c="var(--status-bad)"
                leftSection={<IconX size={18} />}
                onClick={() => setAct({ act: "reject", booking: b })}
                aria-label={t("approvals.reject", { name: b.reference })}
              >
                {t("acts.reject.verb")}
              </Button>
            </Group>
          </Stack>
        </article>
      ))}
      {query.hasNextPage && (
        <Button variant="default" h={44} disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {query.isFetchingNextPage ? <Loader size={16} /> : t("more")}
        </Button>
      )}
      {act && <ActDialog act={act.act} booking={act.booking} onClose={() => setAct(undefined)} />}
      <BookingDrawer id={search.open} onClose={() => set({ open: undefined })} />
    </Stack>
  );
}
