import { Alert, Anchor, Button, Group, List, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { DecideDialog, type Decision } from "./DecideDialog";
import { BookingState, Span } from "./Marks";
import type { BookingRequest, Head, Line } from "./queries";
import classes from "./request.module.css";
import { lineState } from "./rules";
import { t } from "./text";

type Assessed = Schema<"RequestLineAssessment">;
type Booking = Head["bookings"][number];
const tones: Record<NonNullable<ReturnType<typeof lineState>>, Tone> = {
  approved: "good",
  requested: "attention",
  waiting: "idle",
  rejected: "bad",
};

/** What the request asks for, line by line: what is free, what is in the way, and the ways out. */
export function Lines({ request: r }: { request: BookingRequest }) {
  const query = useQuery({
    queryKey: keys.part("booking_request", r.id, "assessment"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/booking-requests/{id}/assessment", { params: { path: { id: r.id } }, signal })),
  });
  const assessed = new Map(query.data?.lines.map((l) => [l.line.id, l]));
  const over = r.position?.mode === "completed" || r.position?.mode === "cancelled";
  const missing = over ? [] : (query.data?.missing ?? []);
  return (
    <section aria-label={t("lines.title")}>
      <Title order={2} mb="xs">
        {t("lines.title")}
      </Title>
      {missing.length > 0 && (
        <Alert variant="default" title={t("lines.missing")} mb="sm">
          <List size="sm">
            {missing.map((m) => (
              <List.Item key={m.path + m.code}>{m.message}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {r.lines.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("lines.none")}
        </Text>
      ) : (
        <Stack gap="sm">
          {r.lines.map((l) => (
            <OneLine key={l.id} line={l} assessed={assessed.get(l.id)} loading={query.isPending} over={over} />
          ))}
        </Stack>
      )}
    </section>
  );
}

function OneLine({
  line: l,
  assessed: a,
  loading,
  over,
}: {
  line: Line;
  assessed?: Assessed;
  loading: boolean;
  over: boolean;
}) {
  const state = lineState(l.bookings);
  const places = <Places line={l} />;
  return (
    <article className={classes.card} aria-label={l.title || placesOf(l)}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <Text size="sm" fw={600} className={classes.words} component="div">
          {l.title || places}
        </Text>
        {state ? (
          <StatusBadge tone={tones[state]}>{t(`lines.states.${state}`)}</StatusBadge>
        ) : over ? null : loading ? (
          <Skeleton w={90} h={20} />
        ) : a ? (
          <StatusBadge tone={a.available ? "good" : "bad"}>
            {a.available ? t("lines.free") : t("lines.taken")}
          </StatusBadge>
        ) : null}
      </Group>
      {l.title && <Text size="sm">{places}</Text>}
      <Text size="xs" c="dimmed">
        {l.slot && `${l.slot.name} · `}
        <Span from={l.from} to={l.to} /> · {t(`intents.${l.intent}`)}
        {l.onClash && ` · ${t("lines.onClash")}: ${t(`lines.clash.${l.onClash}`)}`}
      </Text>
      {l.bookings.map((b) => (
        <BookingOf key={b.id} booking={b} />
      ))}
      {a && !over && <InTheWay assessed={a} booked={Boolean(state) && state !== "rejected"} />}
    </article>
  );
}

const placesOf = (l: Line) =>
  l.group?.name || l.environments.map((e) => e.name).join(", ") || (l.capability ? t("lines.capability") : "");

/** Where the line books, each with the way to its page. */
function Places({ line: l }: { line: Line }) {
  if (l.group)
    return (
      <Anchor component={Link} to={`/environment-groups/${l.group.id}` as string} inherit>
        {l.group.name}
      </Anchor>
    );
  if (l.environments.length === 0) return <>{placesOf(l)}</>;
  return l.environments.map((e, i) => (
    <Fragment key={e.id}>
      {i > 0 && ", "}
      <Anchor component={Link} to={`/environments/${e.key}` as string} inherit>
        {e.name}
      </Anchor>
    </Fragment>
  ));
}

/** A booking that the line became; whoever decides about it does so here. */
function BookingOf({ booking: b }: { booking: Booking }) {
  const [deciding, setDeciding] = useState<Decision>();
  const full = useQuery({
    queryKey: keys.one("booking", b.id),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/bookings/{id}", { params: { path: { id: b.id } }, signal })),
    enabled: b.status === "requested",
  });
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const may = (act: string) => full.data?.allowedActs.includes(act);
  return (
    <Group gap="xs" mt={6}>
      <Anchor component={Link} to={`/bookings/${b.id}` as string} size="sm">
        {b.reference}
      </Anchor>
      <Text size="sm">{b.environments.map((e) => e.name).join(", ")}</Text>
      <BookingState value={b.status} />
      {b.status === "requested" &&
        (["approve", "reject"] as const).filter(may).map((act) => (
          <Button
            key={act}
            {...(phone ? { h: 44 } : { size: "compact-sm" })}
            variant="default"
            c={act === "reject" ? "var(--status-bad)" : undefined}
            aria-label={t(`decide.${act}.one`, { name: b.reference })}
            onClick={() => setDeciding(act)}
          >
            {t(`decide.${act}.verb`)}
          </Button>
        ))}
      {deciding && full.data && (
        <DecideDialog booking={full.data} act={deciding} onClose={() => setDeciding(undefined)} />
      )}
    </Group>
  );
}

/** Why a line cannot simply be booked, and what could be done instead. */
function InTheWay({ assessed: a, booked }: { assessed: Assessed; booked: boolean }) {
  const hindered = a.environments.filter((e) => e.why);
  if (!a.fault && a.alerts.length + hindered.length + a.conflicts.length + a.wanted.length === 0) return null;
  return (
    <Stack gap={4} mt={8}>
      {a.fault && (
        <Text size="sm" c="var(--status-bad)">
          {a.fault}
        </Text>
      )}
      {a.alerts.map((x) => (
        <Text key={x} size="sm" c="var(--status-attention)">
          {x}
        </Text>
      ))}
      {hindered.map((e) => (
        <Text key={e.id} size="sm">
          {e.name}: {e.why}
        </Text>
      ))}
      {a.conflicts.map((c) => (
        <Text key={c.booking.id + c.environment.id} size="sm" component="div">
          {t("lines.conflict", { environment: c.environment.name, holder: c.booking.holderName ?? t("nobody") })}{" "}
          <Anchor component={Link} to={`/bookings/${c.booking.id}` as string} inherit underline="always">
            {c.booking.reference} {c.booking.title}
          </Anchor>{" "}
          <Text span size="xs" c="dimmed">
            <Span from={c.overlap.from} to={c.overlap.to} />
          </Text>
        </Text>
      ))}
      {a.wanted.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("lines.wanted", { names: a.wanted.map((w) => w.booking.reference).join(", ") })}
        </Text>
      )}
      {!booked && a.alternatives.length > 0 && (
        <>
          <Text size="xs" fw={600} mt={4}>
            {t("lines.alternatives")}
          </Text>
          <List size="sm">
            {a.alternatives.slice(0, 5).map((x) => (
              <List.Item key={x.kind + x.message}>{x.message}</List.Item>
            ))}
          </List>
        </>
      )}
    </Stack>
  );
}
