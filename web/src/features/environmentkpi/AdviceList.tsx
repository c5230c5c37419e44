import { Anchor, Badge, Button, Drawer, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Absent } from "@/components/Absent";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import classes from "./environmentkpi.module.css";
import { type Question, useAdvice } from "./queries";
import { type Advice, hours, money, percent } from "./report";
import { t } from "./text";

/** How many pieces of advice are shown until all are asked for. */
const first = 8;

/** Which environments could go, and what would have happened to their bookings. */
export function AdviceList({ query }: { query: Question }) {
  const advice = useAdvice(query);
  const [all, setAll] = useState(false);
  const [replaying, setReplaying] = useState<Advice>();
  const items = advice.data?.items ?? [];
  return (
    <Stack gap="xs">
      <Title order={2}>{t("advice.title")}</Title>
      {advice.isError && !advice.data ? (
        <ProblemAlert error={advice.error} onRetry={() => void advice.refetch()} />
      ) : !advice.data ? (
        <Skeleton h={160} role="status" aria-label={t("loading")} />
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {t("advice.about", { count: advice.data.looked })}
          </Text>
          {items.length === 0 && <Text size="sm">{t("advice.none")}</Text>}
          {(all ? items : items.slice(0, first)).map((a) => (
            <article key={a.environment.id} className={classes.advice} aria-label={a.environment.name}>
              <div>
                <Group gap="xs">
                  <Anchor component={Link} to={`/environments/${a.environment.id}` as string} fw={600}>
                    {a.environment.name}
                  </Anchor>
                  <Badge
                    variant="default"
                    style={a.verdict === "keep" ? undefined : { borderColor: "var(--status-attention-solid)" }}
                  >
                    {a.for ? t("advice.for", { usage: a.for.name }) : t(`advice.${a.verdict}`)}
                  </Badge>
                  <Text size="xs" c="dimmed">
                    {[a.usage, a.application].filter(Boolean).join(" · ")}
                  </Text>
                </Group>
                <Text size="sm">{a.message}</Text>
                <Text size="xs" c="dimmed">
                  {t("advice.facts", {
                    booked: percent(a.bookedShare) ?? "0 %",
                    idle: hours(a.idleHours),
                    asIs: a.asIs,
                    shifted: a.shifted,
                    noPlace: a.noPlace,
                  })}
                  {a.saves !== null && ` ${t("advice.saves", { amount: money(a.saves, advice.data.currency) })}`}
                </Text>
              </div>
              {a.bookings > 0 && (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => setReplaying(a)}
                  aria-label={t("advice.replayLabel", { count: a.bookings, name: a.environment.name })}
                >
                  {t("advice.replay", { count: a.bookings })}
                </Button>
              )}
            </article>
          ))}
          {items.length > first && (
            <Anchor
              component="button"
              type="button"
              size="sm"
              ta="start"
              onClick={() => setAll(!all)}
              aria-expanded={all}
            >
              {all ? t("fewer") : t("all", { count: items.length })}
            </Anchor>
          )}
        </>
      )}
      <Drawer
        opened={replaying !== undefined}
        onClose={() => setReplaying(undefined)}
        position="right"
        size="lg"
        title={t("advice.replayOf", { name: replaying?.environment.name ?? "" })}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {replaying && <Replay query={query} environment={replaying.environment.id} />}
      </Drawer>
    </Stack>
  );
}

function Replay({ query, environment }: { query: Question; environment: string }) {
  const told = useAdvice({ ...query, environment });
  const rows = told.data?.items[0]?.environment.id === environment ? (told.data.items[0].replay ?? []) : undefined;
  if (told.isError) return <ProblemAlert error={told.error} onRetry={() => void told.refetch()} />;
  if (!rows) return <Skeleton h={200} role="status" aria-label={t("loading")} />;
  return (
    <Table aria-label={t("bookings")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("advice.booking")}</Table.Th>
          <Table.Th>{t("advice.outcome")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((r) => (
          <Table.Tr key={r.id}>
            <Table.Td>
              <Anchor component={Link} to={`/bookings/${r.id}` as string} fz="inherit">
                {r.reference} {r.title}
              </Anchor>
              <Text size="xs" c="dimmed">
                <TimeText value={r.from} plain />
              </Text>
            </Table.Td>
            <Table.Td>
              {r.outcome === "shifted"
                ? t("outcomes.shifted", { hours: hours(r.shiftHours) })
                : t(`outcomes.${r.outcome}`)}
              <Text size="xs" c="dimmed">
                {r.environment ? r.environment.name : <Absent />}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
