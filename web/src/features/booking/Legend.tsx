import { useMemo } from "react";
import classes from "./Schedule.module.css";
import { type ColourBy, type ScheduleRow, type ScheduleView, stripeOf } from "./schedule";
import { t } from "./text";

/** What the colours say, for the screen and for paper. */
export function Legend({ view, colour, rows }: { view: ScheduleView; colour: ColourBy; rows: ScheduleRow[] }) {
  const stripes = useMemo(() => stripesOf(rows, colour), [rows, colour]);
  if (view === "overview")
    return (
      <ul className={classes.legend} aria-label={t("legend.title")}>
        <Item tone="idle" text={t("legend.few")} />
        <Item tone="good" text={t("legend.half")} />
        <Item tone="attention" text={t("legend.all")} />
      </ul>
    );
  return (
    <ul className={classes.legend} aria-label={t("legend.title")}>
      <Item tone="good" text={t("statuses.approved")} />
      <Item tone="active" tentative text={t("statuses.requested")} />
      <Item tone="idle" tentative text={t("statuses.waiting")} />
      <Item tone="idle" text={t("legend.over")} />
      <Clash />
      <Item tone="frozen" foot text={t("legend.freeze")} />
      <Item tone="attention" foot text={t("legend.maintenance")} />
      <Item tone="bad" foot text={t("legend.outage")} />
      {stripes.map(([words, stripe]) => (
        <li key={words}>
          <span className={classes.stripe} style={{ background: stripe }} aria-hidden />
          {words}
        </li>
      ))}
    </ul>
  );
}

/** What the board of conflicts shows: what each booking is, and that all of them clash. */
export function ConflictLegend() {
  return (
    <ul className={classes.legend} aria-label={t("legend.title")}>
      <Item tone="good" text={t("statuses.approved")} />
      <Item tone="active" tentative text={t("statuses.requested")} />
      <Clash />
    </ul>
  );
}

/** A clash is hatched; where a bar is too narrow for that it has a triangle. */
function Clash() {
  return (
    <li>
      <span className={classes.swatch} data-clash aria-hidden />
      <span className={classes.triangle} aria-hidden />
      {t("legend.conflict")}
    </li>
  );
}

/** `foot` is a shaded time, told by the line below it. */
function Item({ tone, text, tentative, foot }: { tone: string; text: string; tentative?: boolean; foot?: boolean }) {
  return (
    <li>
      <span
        className={classes.swatch}
        data-tone={tone}
        data-tentative={tentative || undefined}
        data-foot={foot || undefined}
        aria-hidden
      />
      {text}
    </li>
  );
}

/** The words behind the stripes, the most frequent first; six at most, as a legend of more is not read. */
function stripesOf(rows: ScheduleRow[], colour: ColourBy): [string, string | undefined][] {
  if (colour === "none") return [];
  const counts = new Map<string, { words: string; stripe?: string; n: number }>();
  for (const row of rows)
    for (const bar of row.bars) {
      const b = bar.booking;
      if (!b) continue;
      const key = { release: b.k, group: b.k, holder: bar.holder?.id, intent: b.i }[colour];
      if (!key) continue;
      const words = colour === "holder" ? (bar.holder?.name ?? key) : colour === "intent" ? t(`intents.${b.i}`) : key;
      const known = counts.get(key) ?? { words, stripe: stripeOf(key), n: 0 };
      known.n++;
      counts.set(key, known);
    }
  return [...counts.values()]
    .sort((a, b) => b.n - a.n)
    .slice(0, 6)
    .map((c) => [c.words, c.stripe]);
}
