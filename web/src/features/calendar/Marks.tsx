import { Group, List, Text } from "@mantine/core";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import classes from "./calendar.module.css";
import type { Consequence, FreezeType, Window } from "./queries";
import { t } from "./text";

const tones: Record<Window["phase"], Tone> = {
  upcoming: "idle",
  in_force: "frozen",
  over: "good",
  cancelled: "idle",
};

export function Phase({ value }: { value: Window["phase"] }) {
  return <StatusBadge tone={tones[value]}>{t(`phases.${value}`)}</StatusBadge>;
}

/** A colour beside a name; the colour never stands for itself. */
export function Swatch({ colour }: { colour?: string }) {
  return <span aria-hidden className={classes.swatch} ref={(e) => e?.style.setProperty("--colour", colour ?? "")} />;
}

export function TypeName({ type }: { type?: FreezeType }) {
  if (!type) return null;
  return (
    <Group gap={6} wrap="nowrap" component="span">
      <Swatch colour={type.colour} />
      {type.name}
    </Group>
  );
}

/** What a window is meant for, in a line: "Retail, SIT-2 and 3 more". */
export function scopeWords(scope: Window["scope"], most = 2): string {
  const names = scope.map((s) => s.label);
  if (names.length <= most) return names.join(", ");
  return t("scope.more", { names: names.slice(0, most).join(", "), count: names.length - most });
}

/** What a type of freezes refuses, in the way the API lists it. */
export function refusesOf(type: FreezeType): string[] {
  return [...(type.refusesBooking ? ["booking"] : []), ...(type.refusesDeployment ? ["deployment"] : [])];
}

export function refusesWords(refuses: string[]): string {
  if (refuses.length === 0) return t("refuses.nothing");
  return refuses.map((r) => (r === "booking" ? t("uses.booking") : t("uses.deployment"))).join(", ");
}

/** When a window is in force, or comes next when it repeats. */
export function NextTime({ window: w }: { window: Window }) {
  const span = w.next ?? (w.recurrence ? undefined : { from: w.from, to: w.to });
  if (!span) return <Text span>{t("phases.over")}</Text>;
  return (
    <>
      <TimeText value={span.from} plain /> – <TimeText value={span.to} plain />
    </>
  );
}

export function Consequences({ items }: { items: Consequence[] }) {
  return (
    <List size="sm" spacing={4}>
      {items.map((c) => (
        <List.Item key={`${c.kind}${c.message}`}>{c.message}</List.Item>
      ))}
    </List>
  );
}
