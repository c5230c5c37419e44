import { ActionIcon, Button, Group, Text, UnstyledButton } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { StatusBadge } from "@/components/StatusBadge";
import { localDay } from "@/lib/time";
import { agendaOf } from "./agendaOf";
import classes from "./Schedule.module.css";
import type { ScheduleBar, ScheduleRow } from "./schedule";
import { midnight, plusDays, type Span, spanWords } from "./span";
import { t } from "./text";

/** The schedule of a narrow screen: day after day what begins or goes on, each entry as large as a thumb. */
export function Agenda(props: {
  rows: ScheduleRow[];
  view: Span;
  onView: (view: Span) => void;
  now: number;
  onOpen: (bar: ScheduleBar) => void;
  onEnd: () => void;
}) {
  const { rows, view, onView, now } = props;
  const [shown, setShown] = useState(120);
  const days = useMemo(() => agendaOf(rows, view), [rows, view]);
  const total = days.reduce((n, d) => n + d.entries.length, 0);
  let left = shown;
  const week = (from: number) => onView({ from, to: plusDays(from, 7) });
  return (
    <div className={classes.agenda}>
      <Group justify="space-between" wrap="nowrap">
        <ActionIcon size={44} aria-label={t("schedule.before")} onClick={() => week(plusDays(midnight(view.from), -7))}>
          <IconChevronLeft size={22} />
        </ActionIcon>
        <Button variant="subtle" h={44} onClick={() => week(midnight(now))}>
          {`${localDay(new Date(view.from))} – ${localDay(new Date(view.to - 1))}`}
        </Button>
        <ActionIcon size={44} aria-label={t("schedule.after")} onClick={() => week(plusDays(midnight(view.from), 7))}>
          <IconChevronRight size={22} />
        </ActionIcon>
      </Group>
      {total === 0 && (
        <Text c="dimmed" size="sm" py="md">
          {t("agenda.none")}
        </Text>
      )}
      {days.map((d) => {
        const entries = d.entries.slice(0, Math.max(0, left));
        left -= d.entries.length;
        if (entries.length === 0) return null;
        return (
          <section key={d.day} aria-label={localDay(new Date(d.day))}>
            <h2 className={classes.day}>
              {d.day === midnight(now)
                ? t("agenda.today", { day: localDay(new Date(d.day)) })
                : localDay(new Date(d.day))}
            </h2>
            {entries.map(({ row, bar, words }) => (
              <UnstyledButton key={`${row.id}/${bar.id}`} className={classes.entry} onClick={() => props.onOpen(bar)}>
                <span className={classes.clock}>{words}</span>
                <span className={classes.words}>
                  <Text size="sm" fw={600} truncate>
                    {row.label}
                  </Text>
                  <Text size="xs" c="dimmed" truncate title={spanWords(bar.from, bar.to)}>
                    {[bar.label, bar.holder?.name].filter(Boolean).join(" · ")}
                  </Text>
                </span>
                {bar.booking && (
                  <StatusBadge tone={bar.clash ? "bad" : bar.tone}>
                    {bar.clash ? t("schedule.inConflict") : t(`statuses.${bar.booking.s}`)}
                  </StatusBadge>
                )}
              </UnstyledButton>
            ))}
          </section>
        );
      })}
      {total > shown && (
        <Button
          variant="default"
          h={44}
          my="md"
          onClick={() => {
            setShown(shown + 200);
            props.onEnd();
          }}
        >
          {t("agenda.more", { count: total - shown })}
        </Button>
      )}
      <div style={{ minHeight: 80 }} />
    </div>
  );
}
