import { Anchor, Button, Checkbox, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconScale } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { useUrl } from "@/lib/url";
import classes from "./Board.module.css";
import { bookingAddress, type Move, type Proposal } from "./queries";
import { movesLeft, moveWords } from "./settlementWords";
import { spanWords } from "./span";
import { t } from "./text";

/** Proposes a settlement and shows it move by move; what is ticked is done. The address keeps which proposal is shown. */
export function Settlement(props: {
  id: string | undefined;
  question: Schema<"BookingSettlementQuestion">;
  may: boolean;
  open: boolean;
}) {
  const { id, question } = props;
  const client = useQueryClient();
  const { set } = useUrl();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const query = useQuery({
    queryKey: keys.one("booking_settlement", id ?? ""),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/conflicts/settlements/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: Boolean(id),
  });
  const propose = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const p = await ok(api.POST("/api/v1/conflicts/settlement", { body: question }));
      client.setQueryData(keys.one("booking_settlement", p.id), p);
      set({ settlement: p.id });
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  if (!id)
    return (
      <Stack gap="xs">
        {error !== undefined && <ProblemAlert error={error} />}
        {props.open && (
          <Group gap="sm">
            <Button leftSection={<IconScale size={16} />} loading={busy} onClick={() => void propose()}>
              {t("settlement.propose")}
            </Button>
            <Text size="sm" c="dimmed">
              {t("settlement.about")}
            </Text>
          </Group>
        )}
      </Stack>
    );
  if (query.isPending) return <Skeleton h={160} />;
  if (query.isError)
    return (
      <Stack gap="xs">
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        <Group>
          <Button variant="default" onClick={() => set({ settlement: undefined })}>
            {t("settlement.close")}
          </Button>
        </Group>
      </Stack>
    );
  return (
    <Shown
      key={id}
      proposal={query.data}
      may={props.may}
      again={() => void propose()}
      busy={busy}
      onClose={() => set({ settlement: undefined })}
    />
  );
}

function Shown(props: { proposal: Proposal; may: boolean; again: () => void; busy: boolean; onClose: () => void }) {
  const { proposal: p } = props;
  const client = useQueryClient();
  const left = movesLeft(p);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set(left.map((m) => m.id)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const chosen = left.filter((m) => ticked.has(m.id));
  const accepted = p.moves.filter((m) => m.result?.accepted).length;
  const toggle = (id: string) => {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    setTicked(next);
  };
  const accept = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const done = await ok(
        api.POST("/api/v1/conflicts/settlements/{id}/accept", {
          params: { path: { id: p.id } },
          body: { moves: chosen.map((m) => m.id) },
        }),
      );
      client.setQueryData(keys.one("booking_settlement", p.id), done);
      await client.invalidateQueries({ queryKey: keys.all("booking") });
      const now = done.moves.filter((m) => m.result?.accepted).length - accepted;
      notifications.show({ message: t("settlement.done", { count: now, refused: chosen.length - now }) });
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={classes.proposal} aria-label={t("settlement.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("settlement.title")}</Title>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" loading={props.busy} onClick={props.again}>
            {t("settlement.again")}
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={props.onClose}>
            {t("settlement.close")}
          </Button>
        </Group>
      </Group>
      <Group gap="xs" mb="sm">
        <StatusBadge tone={p.remaining.length === 0 ? "good" : "attention"}>
          {p.remaining.length === 0
            ? t("settlement.clears", { count: p.conflicts })
            : t("settlement.leaves", { count: p.remaining.length, total: p.conflicts })}
        </StatusBadge>
        <StatusBadge tone={p.exact ? "good" : "idle"}>
          {p.exact ? t("settlement.exact") : t("settlement.gap", { percent: Math.ceil(p.gap * 100) })}
        </StatusBadge>
        <Text size="sm" c="dimmed">
          {p.exact ? t("settlement.exactHelp") : t("settlement.gapHelp")}
        </Text>
      </Group>
      {p.moves.length === 0 && (
        <Text size="sm">{p.conflicts === 0 ? t("settlement.nothing") : t("settlement.noMoves")}</Text>
      )}
      {p.moves.map((m) => (
        <div key={m.id} className={classes.move}>
          <Checkbox
            mt={2}
            aria-label={t("settlement.take", { name: `${m.booking.reference} ${m.booking.title}` })}
            checked={m.result?.accepted || ticked.has(m.id)}
            disabled={!props.may || m.result?.accepted}
            onChange={() => toggle(m.id)}
          />
          <MoveWords move={m} />
        </div>
      ))}
      {p.remaining.length > 0 && (
        <Stack gap={4} mt="md">
          <Text size="sm" fw={600}>
            {t("settlement.remaining")}
          </Text>
          {p.remaining.map((c) => (
            <Text key={`${c.environment.id} ${c.a.id} ${c.b.id}`} size="sm">
              {`${c.environment.name}: ${c.a.reference} ${c.a.title} / ${c.b.reference} ${c.b.title}, ${spanWords(c.overlap.from, c.overlap.to)}`}
            </Text>
          ))}
        </Stack>
      )}
      {error !== undefined && <ProblemAlert error={error} />}
      {left.length > 0 && props.may && (
        <Group mt="md" gap="xs">
          <Button loading={busy} disabled={chosen.length === 0} onClick={() => void accept()}>
            {chosen.length === left.length
              ? t("settlement.acceptAll", { count: chosen.length })
              : t("settlement.accept", { count: chosen.length })}
          </Button>
          <Text size="xs" c="dimmed">
            {t("settlement.each")}
          </Text>
        </Group>
      )}
    </section>
  );
}

function MoveWords({ move: m }: { move: Move }) {
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <Anchor component={Link} to={bookingAddress(m.booking.id)} fz="sm" fw={500}>
          {`${m.booking.reference} ${m.booking.title}`}
        </Anchor>
        <Text size="xs" c="dimmed">
          {`${t(`settlement.kinds.${m.kind}`)} · ${m.booking.holderName || t("nobody")}`}
        </Text>
        {m.result && (
          <StatusBadge tone={m.result.accepted ? "good" : "bad"}>
            {m.result.accepted ? t("settlement.accepted") : t("settlement.refused")}
          </StatusBadge>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {m.before.map((p) => p.environment.name).join(", ")}
      </Text>
      {moveWords(m).map(([before, after]) => (
        <Text key={before} size="sm">
          {before} → <b>{after}</b>
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        {m.effect}
      </Text>
      {m.result?.reason && (
        <Text size="xs" c="var(--status-bad)">
          {m.result.reason}
        </Text>
      )}
    </Stack>
  );
}
