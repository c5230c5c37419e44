import { Alert, Group, List, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle, IconSnowflake } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { SkipClashing } from "./BookTarget";
import { ConflictList } from "./Conflicts";
import { type Draft, freezesOf } from "./draft";
import type { Alternative, Availability, BookingAnswer, ConflictWith } from "./queries";
import { spanWords } from "./span";
import { t } from "./text";
import { WaysOut } from "./WaysOut";

/** Whether it is free, what a booking would become, what is in the way and the ways out, all before anybody asks. */
export function AvailabilityPanel(props: {
  query: UseQueryResult<Availability>;
  asked: boolean;
  missing: "what" | "when";
  draft: Draft;
  patch: (p: Partial<Draft>) => void;
  onChoose: (a: Alternative) => void;
}) {
  const { query, draft, patch } = props;
  const can = useCan();
  if (!props.asked)
    return (
      <Text size="sm" c="dimmed">
        {t(`free.missing.${props.missing}`)}
      </Text>
    );
  if (query.isPending) return <Skeleton h={44} aria-label={t("free.asking")} />;
  if (query.isError) return <ProblemAlert error={query.error} title={t("free.refused")} />;
  const a = query.data;
  const closed = a.environments.flatMap((e) => e.closed.map((c) => ({ ...c, environment: e.name })));
  const freezes = freezesOf(closed);
  const seen = new Set<string>();
  const shown = closed.filter((c) => {
    const key = `${c.kind} ${c.id} ${c.from}`;
    return !seen.has(key) && seen.add(key);
  });
  const unbookable = a.environments.filter((e) => !e.bookable && freezesOf(e.closed).length === 0);
  // Where nobody is in the way there is nobody to share with or to wait for: only another time or place helps.
  const ways =
    a.conflicts.length > 0
      ? a.alternatives
      : a.alternatives.filter((w) => w.kind === "next_slot" || w.kind === "equivalent");
  const mayPass = freezes.length > 0 && freezes.every((f) => f.override) && can("calendar.override_freeze");
  return (
    <Stack gap="xs" aria-live="polite" aria-busy={query.isFetching}>
      <Group gap="xs">
        <StatusBadge tone={a.available ? "good" : draft.wait || a.status === "waiting" ? "idle" : "bad"}>
          {a.available ? t("free.yes") : a.conflicts.length > 0 ? t("free.taken") : t("free.closed")}
        </StatusBadge>
        <Text size="sm">{outcomeText(a, draft)}</Text>
      </Group>
      {draft.mode === "capability" && a.environments.length > 0 && (
        <Text size="sm">{t("free.matched", { names: a.environments.map((e) => e.name).join(", ") })}</Text>
      )}
      {a.alerts.map((text) => (
        <Alert key={text} variant="default" p="xs" icon={<IconInfoCircle color="var(--status-attention)" />}>
          <Text size="sm">{text}</Text>
        </Alert>
      ))}
      {unbookable.map((e) => (
        <Alert key={e.id} variant="default" p="xs" icon={<IconAlertTriangle color="var(--status-bad)" />}>
          <Text size="sm">{t("free.unbookable", { name: e.name, why: e.why ?? "" })}</Text>
        </Alert>
      ))}
      {shown.map((c) => (
        <Alert
          key={`${c.kind} ${c.id} ${c.from}`}
          variant="default"
          p="xs"
          icon={<IconSnowflake color="var(--status-frozen)" />}
        >
          <Text size="sm">
            {t("free.closure", {
              name: c.type && c.type !== c.name ? `${c.name} (${c.type})` : c.name,
              span: spanWords(c.from, c.to),
            })}
          </Text>
        </Alert>
      ))}
      {mayPass && (
        <Textarea
          label={t("free.override")}
          description={t("free.overrideHelp")}
          autosize
          maxLength={2000}
          value={draft.overrideReason}
          onChange={(e) => patch({ overrideReason: e.currentTarget.value })}
        />
      )}
      <ConflictList title={t("free.inTheWay")} items={a.conflicts} />
      <ConflictList title={t("free.wanted")} items={a.wanted} />
      {ways.length > 0 && (
        <WaysOut
          items={ways}
          wanted={{ from: draft.from ?? 0, to: draft.to ?? 0 }}
          conflicts={a.conflicts}
          waiting={draft.wait}
          onChoose={props.onChoose}
        />
      )}
    </Stack>
  );
}

function outcomeText(a: Availability, draft: Draft): string {
  if (draft.wait && a.conflicts.length > 0) return t("free.willWait");
  if (a.status === "approved") return t("free.willBook");
  if (a.status === "requested") return t("free.willAsk");
  if (a.status === "waiting") return t("free.willWait");
  return a.conflicts.length > 0 ? t("free.chooseWayOut") : t("free.notThen");
}

/** The occurrences of a series, with those that cannot be had. */
export function SeriesPanel(props: {
  query: UseQueryResult<BookingAnswer>;
  asked: boolean;
  skip: boolean;
  onSkip: (skip: boolean) => void;
}) {
  const { query } = props;
  if (!props.asked)
    return (
      <Text size="sm" c="dimmed">
        {t("series.missing")}
      </Text>
    );
  if (query.isPending) return <Skeleton h={88} />;
  if (query.isError) {
    const problem = asProblem(query.error);
    const conflicts = (problem.data.conflicts ?? []) as ConflictWith[];
    return (
      <Stack gap="xs">
        {conflicts.length > 0 ? (
          <ConflictList title={t("series.taken")} items={conflicts} />
        ) : (
          <ProblemAlert error={query.error} title={t("series.refused")} />
        )}
        {problem.code === "booking_overlaps" && <SkipClashing checked={props.skip} onChange={props.onSkip} />}
      </Stack>
    );
  }
  const list = query.data.series?.bookings ?? [query.data];
  const skipped = query.data.series?.skipped ?? [];
  return (
    <Stack gap="xs" aria-live="polite">
      <Group gap="xs">
        <StatusBadge tone={list[0]?.status === "approved" ? "good" : "active"}>
          {t("series.occurrences", { count: list.length })}
        </StatusBadge>
        {skipped.length > 0 && (
          <StatusBadge tone="attention">{t("series.skipped", { count: skipped.length })}</StatusBadge>
        )}
      </Group>
      <List size="sm" spacing={2} mah={160} style={{ overflowY: "auto" }} tabIndex={0}>
        {list.map((b) => (
          <List.Item key={b.from}>{`${spanWords(b.from, b.to)} · ${t(`statuses.${b.status}`)}`}</List.Item>
        ))}
        {skipped.map((s) => (
          <List.Item key={s.from} c="dimmed">
            {t("series.left", {
              span: spanWords(s.from, s.to),
              by: s.conflicts.map((c) => `${c.booking.reference} ${c.booking.title}`).join(", "),
            })}
          </List.Item>
        ))}
      </List>
      {(props.skip || skipped.length > 0) && <SkipClashing checked={props.skip} onChange={props.onSkip} />}
      <ConflictList title={t("free.wanted")} items={query.data.conflicts} />
    </Stack>
  );
}
