import { Button, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import type { SlotProps } from "@/components/Slot";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import classes from "./calendar.module.css";
import { t } from "./text";

type Use = "booking" | "deployment";
type Closure = Schema<"IntervalClosure">;

/** Which place a record is when the calendar is asked about it. */
function placeOf(
  kind: string,
  id: string,
): { environment?: string[]; group?: string[]; application?: string; unit?: string } {
  if (kind === "environment") return { environment: [id] };
  if (kind === "environment_group") return { group: [id] };
  if (kind === "application") return { application: id };
  return { unit: id };
}

const shown = 5;

/** Why a place is closed, when it opens, and what closes it next; for bookings and for deployments. */
export function ClosuresPanel({ kind, id }: SlotProps) {
  const [use, setUse] = useState<Use>("deployment");
  const [all, setAll] = useState(false);
  const query = useQuery({
    // A freeze, a holiday, an outage or a booking can change it: the list of closures is asked for again each minute.
    queryKey: ["closure", "list", { kind, id, use }],
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/closures", { params: { query: { ...placeOf(kind, id), use } }, signal })),
    refetchInterval: 60_000,
  });
  const closures = merged(query.data?.items.flatMap((i) => i.closures) ?? []);
  return (
    <section aria-label={t("closures.title")}>
      <Title order={2} mb="xs">
        {t("closures.title")}
      </Title>
      <Stack gap="xs" align="flex-start">
        <SegmentedControl
          size="xs"
          aria-label={t("closures.use")}
          value={use}
          onChange={(v) => setUse(v as Use)}
          data={[
            { value: "deployment", label: t("uses.deployment") },
            { value: "booking", label: t("uses.booking") },
          ]}
        />
        {query.isPending ? (
          <Skeleton h={64} />
        ) : query.isError ? (
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <>
            <div aria-live="polite">
              {query.data.closed ? (
                <Stack gap={4} align="flex-start">
                  <StatusBadge tone="frozen" icon={IconLock}>
                    {t("closures.closed")}
                  </StatusBadge>
                  {query.data.items
                    .filter((i) => i.reason)
                    .map((i) => (
                      <Text size="sm" key={i.environmentId ?? i.applicationId ?? i.unitId ?? "place"}>
                        {i.reason}
                      </Text>
                    ))}
                  <Text size="sm">
                    {query.data.opensAt ? (
                      <>
                        {t("closures.opens")} <TimeText value={query.data.opensAt} /> (
                        <TimeText value={query.data.opensAt} as="relative" plain />)
                      </>
                    ) : (
                      t("closures.neverOpens")
                    )}
                  </Text>
                </Stack>
              ) : (
                <StatusBadge tone="good" icon={IconLockOpen}>
                  {use === "booking" ? t("closures.openBooking") : t("closures.openDeployment")}
                </StatusBadge>
              )}
            </div>
            {closures.length > 0 && (
              <ul className={classes.closures} aria-label={t("closures.next")}>
                {(all ? closures : closures.slice(0, shown)).map((c) => (
                  <li key={`${c.kind}${c.id}${c.from}`}>
                    <ClosureName closure={c} />
                    <Text size="xs" c="dimmed">
                      {textOr("calendar", `closureKinds.${c.kind}`, c.kind)}
                      {c.type && ` · ${c.type}`} · <TimeText value={c.from} plain /> – <TimeText value={c.to} plain />
                    </Text>
                  </li>
                ))}
              </ul>
            )}
            {closures.length > shown && (
              <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
                {all ? t("closures.less") : t("closures.more", { count: closures.length - shown })}
              </Button>
            )}
          </>
        )}
      </Stack>
    </section>
  );
}

function ClosureName({ closure: c }: { closure: Closure }) {
  const place = { freeze: "/calendar/freezes", outage: "/outages" }[c.kind as string];
  if (place && c.id)
    return (
      <Text size="sm" component={Link} to={`${place}/${c.id}` as string} className={classes.link}>
        {c.name}
      </Text>
    );
  return <Text size="sm">{c.name}</Text>;
}

/** Closures of several places at once, each named once, in the order of their beginning. */
export function merged(list: Closure[]): Closure[] {
  const seen = new Map(list.map((c) => [`${c.kind}/${c.id ?? c.name}/${c.from}`, c]));
  return [...seen.values()].sort((a, b) => a.from.localeCompare(b.from) || a.name.localeCompare(b.name));
}
