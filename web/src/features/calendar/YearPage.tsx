import { ActionIcon, Anchor, Button, Chip, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { localDay } from "@/lib/time";
import { useUnitScope, useUrl } from "@/lib/url";
import classes from "./calendar.module.css";
import { type Kind, kinds, tabOf } from "./queries";
import { weekdays } from "./recurrence";
import { t } from "./text";
import { byDay, dayKey, type Occurrence, weeksOf } from "./year";

const monthName = new Intl.DateTimeFormat("en-GB", { month: "long" });

/** A year at a glance: on which days something is closed, a holiday or under maintenance. */
export function YearPage() {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const now = new Date();
  const year = /^\d{4}$/.test(search.year ?? "") ? Number(search.year) : now.getFullYear();
  const shown = search.kind ? kinds.filter((k) => search.kind?.split(",").includes(k)) : kinds;
  const query = useQuery({
    queryKey: keys.list("occurrence", { year, unit }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/calendar-occurrences", {
          params: {
            query: {
              from: new Date(year, 0, 1).toISOString(),
              to: new Date(year + 1, 0, 1).toISOString(),
              unit,
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const chosen = shown.join();
  const days = useMemo(
    () =>
      byDay(
        (query.data?.items ?? []).filter((o) => chosen.split(",").includes(o.kind)),
        year,
      ),
    [query.data, year, chosen],
  );
  const go = (to: number) => set({ year: to === now.getFullYear() ? undefined : String(to), day: undefined });
  return (
    <Stack py="md" gap="md">
      <Group gap="xs">
        <ActionIcon variant="default" aria-label={t("year.before")} onClick={() => go(year - 1)}>
          <IconChevronLeft size={16} />
        </ActionIcon>
        <Title order={2} aria-live="polite">
          {year}
        </Title>
        <ActionIcon variant="default" aria-label={t("year.after")} onClick={() => go(year + 1)}>
          <IconChevronRight size={16} />
        </ActionIcon>
        {year !== now.getFullYear() && (
          <Button variant="default" size="compact-md" onClick={() => go(now.getFullYear())}>
            {t("year.thisYear")}
          </Button>
        )}
        <Chip.Group
          multiple
          value={shown}
          onChange={(v) =>
            set({ kind: v.length === 0 || v.length === kinds.length ? undefined : v.join(",") }, { replace: true })
          }
        >
          <Group gap={6} role="group" aria-label={t("year.show")}>
            {kinds.map((k) => (
              <Chip key={k} value={k} size="xs">
                {t(`tabs.${k}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Group>
      {query.isPending ? (
        <div className={classes.year} aria-busy>
          {Array.from({ length: 12 }, (_, m) => (
            <Skeleton key={m} h={220} />
          ))}
        </div>
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          {days.size === 0 && <EmptyState title={t("year.emptyTitle")} body={t("year.emptyBody")} />}
          {search.day && (
            <Day day={search.day} list={days.get(search.day) ?? []} onClose={() => set({ day: undefined })} />
          )}
          <div className={classes.year}>
            {Array.from({ length: 12 }, (_, m) => (
              <Month
                key={m}
                year={year}
                month={m}
                days={days}
                today={dayKey(now)}
                chosen={search.day}
                onChoose={(day) => set({ day: day === search.day ? undefined : day }, { replace: true })}
              />
            ))}
          </div>
        </>
      )}
    </Stack>
  );
}

function Month({
  year,
  month,
  days,
  today,
  chosen,
  onChoose,
}: {
  year: number;
  month: number;
  days: Map<string, Occurrence[]>;
  today: string;
  chosen: string | undefined;
  onChoose: (day: string) => void;
}) {
  const name = monthName.format(new Date(year, month, 1));
  return (
    <table className={classes.month}>
      <caption>{name}</caption>
      <thead>
        <tr>
          {weekdays.map((d) => (
            <th key={d} scope="col" abbr={t(`weekdayNames.${d}`)}>
              {t(`weekdays.${d}`).slice(0, 2)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(year, month).map((week, i) => (
          <tr key={i}>
            {week.map((day, n) => (
              <td key={day ?? n}>
                {day && (
                  <Cell
                    day={day}
                    list={days.get(day)}
                    today={day === today}
                    chosen={day === chosen}
                    onChoose={onChoose}
                  />
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({
  day,
  list,
  today,
  chosen,
  onChoose,
}: {
  day: string;
  list: Occurrence[] | undefined;
  today: boolean;
  chosen: boolean;
  onChoose: (day: string) => void;
}) {
  const number = Number(day.slice(8));
  const marks = { "data-today": today || undefined, "data-chosen": chosen || undefined };
  if (!list)
    return (
      <div className={classes.day} {...marks}>
        <span>{number}</span>
      </div>
    );
  const names = [...new Set(list.map((o) => o.name))].join(", ");
  const label = `${localDay(new Date(`${day}T12:00:00`))}: ${names}`;
  return (
    <button
      type="button"
      className={classes.day}
      {...marks}
      aria-pressed={chosen}
      aria-label={label}
      title={names}
      onClick={() => onChoose(day)}
    >
      <span>{number}</span>
      <span className={classes.bars}>
        {list.slice(0, 3).map((o, i) => (
          <i
            key={`${o.id}${i}`}
            data-kind={o.kind}
            ref={(e) => {
              if (o.colour) e?.style.setProperty("--colour", o.colour);
            }}
          />
        ))}
      </span>
    </button>
  );
}

function Day({ day, list, onClose }: { day: string; list: Occurrence[]; onClose: () => void }) {
  const at = new Date(`${day}T12:00:00`);
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another day is brought into sight
  useEffect(() => heading.current?.scrollIntoView({ block: "nearest" }), [day]);
  if (Number.isNaN(at.getTime())) return null;
  return (
    <section aria-label={localDay(at)}>
      <Group justify="space-between">
        <Title order={2} ref={heading}>
          {localDay(at)}
        </Title>
        <Button variant="subtle" size="compact-sm" onClick={onClose}>
          {t("close")}
        </Button>
      </Group>
      {list.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("year.nothing")}
        </Text>
      ) : (
        <ul className={classes.closures}>
          {list.map((o, i) => (
            <li key={`${o.id}${i}`}>
              <Anchor component={Link} {...addressOf(o)} size="sm">
                {o.name}
              </Anchor>
              <Text size="xs" c="dimmed">
                {t(`closureKinds.${o.kind}`)}
                {o.type && ` · ${o.type}`} · {o.unitName} · <TimeText value={o.from} plain /> –{" "}
                <TimeText value={o.to} plain />
              </Text>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function addressOf(o: Occurrence) {
  return o.kind === "freeze"
    ? { to: `${tabOf.freeze}/${o.id}` as string }
    : { to: tabOf[o.kind as Kind] as string, search: { open: o.id } as never };
}
