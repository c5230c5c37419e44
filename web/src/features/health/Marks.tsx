import { type Icon, IconQuestionMark, IconTool } from "@tabler/icons-react";
import { StatusBadge, type Tone, toneIcons } from "@/components/StatusBadge";
import { duration } from "@/lib/time";
import type { Health, Outage } from "./queries";
import { outageState } from "./rules";
import { t } from "./text";

export const tones: Record<Health, Tone> = {
  online: "good",
  offline: "bad",
  issue: "attention",
  unknown: "idle",
  no_data: "idle",
};
export const signs: Record<Health, Icon> = {
  online: toneIcons.good,
  offline: toneIcons.bad,
  issue: toneIcons.attention,
  unknown: IconQuestionMark,
  no_data: toneIcons.idle,
};

const known = (value: string): value is Health => value in tones;

/** The word for how an environment is; nothing known is "No data". */
export const healthWord = (value: string | undefined): string =>
  t(`healths.${value && known(value) ? value : "no_data"}`);

export function HealthMark({ value }: { value: string | undefined }) {
  const health = value && known(value) ? value : "no_data";
  return (
    <StatusBadge tone={tones[health]} icon={signs[health]}>
      {healthWord(health)}
    </StatusBadge>
  );
}

/** Whether an outage is still going on, and whether it was announced. */
export function OutageMark({ of: o }: { of: Pick<Outage, "open" | "kind" | "startedAt" | "endedAt"> }) {
  switch (outageState(o)) {
    case "ahead":
      return <StatusBadge tone="idle">{t("outage.ahead")}</StatusBadge>;
    case "underWay":
      return <StatusBadge tone="active">{t("outage.underWay")}</StatusBadge>;
    case "out":
      return <StatusBadge tone="bad">{t("outage.open")}</StatusBadge>;
    case "ended":
      return <StatusBadge tone="good">{t("outage.ended")}</StatusBadge>;
  }
}

export function KindMark({ value }: { value: Outage["kind"] }) {
  return value === "planned" ? (
    <StatusBadge tone="frozen" icon={IconTool}>
      {t("kinds.planned")}
    </StatusBadge>
  ) : (
    <StatusBadge tone="idle">{t("kinds.unplanned")}</StatusBadge>
  );
}

/** How long it lasted, or has lasted so far. */
export const lasted = (o: Pick<Outage, "open" | "outSeconds">): string =>
  o.open ? t("outage.soFar", { time: duration(o.outSeconds) }) : duration(o.outSeconds);
