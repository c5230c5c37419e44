import { Skeleton, Tooltip } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconEqual } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Absent } from "./Absent";
import classes from "./MetricTile.module.css";
import { t } from "./text";

export interface MetricChange {
  /** The change in words: "−18 %"; without it nothing changed, which the tile says. */
  text?: string;
  /** Whether it is for the better; the arrow follows `up`, the colour follows this. */
  better?: boolean;
  up?: boolean;
  /** What it is compared with: "than in the 30 days before". */
  against: string;
}

/**
 * One number with its evidence: value, unit, how many items it rests on, its interval and its change. Too few data are
 * said in words instead of drawn. The tile leads to the items behind it.
 */
export function MetricTile({
  name,
  value,
  unit,
  n,
  interval,
  period,
  change,
  notEnough,
  unknown,
  loading,
  chart,
  onOpen,
  selected,
}: {
  name: string;
  /** As it is shown: "2 d 4 h", "3.4". Undefined means nothing to show. */
  value?: string;
  unit?: string;
  n?: number;
  interval?: [string, string];
  period?: string;
  change?: MetricChange;
  /** Why there is no number yet: "3 of the 5 deployments it needs". */
  notEnough?: string;
  /** Why it is not known at all. */
  unknown?: string;
  loading?: boolean;
  /** A small drawing below, with its own text alternative. */
  chart?: ReactNode;
  onOpen?: () => void;
  selected?: boolean;
}) {
  if (loading) {
    return (
      <div className={classes.tile} aria-busy>
        <Skeleton h={14} w="55%" mb={10} />
        <Skeleton h={26} w="40%" mb={10} />
        <Skeleton h={12} w="75%" />
      </div>
    );
  }
  const content = (
    <>
      <span className={classes.name}>{name}</span>
      {unknown ? (
        <>
          <span className={classes.quiet}>{t("metric.unknown")}</span>
          <span className={classes.note}>{unknown}</span>
        </>
      ) : notEnough ? (
        <>
          <span className={classes.quiet}>{t("metric.notEnough")}</span>
          <span className={classes.note}>{notEnough}</span>
        </>
      ) : (
        <>
          <span className={classes.value}>
            {value ?? <Absent />}
            {unit && value !== undefined && <span className={classes.unit}> {unit}</span>}
          </span>
          <span className={classes.evidence}>
            {n !== undefined && <span>{t("metric.n", { n: n.toLocaleString("en") })}</span>}
            {interval && <span>{t("metric.interval", { low: interval[0], high: interval[1] })}</span>}
            {period && <span>{period}</span>}
          </span>
          {change && <Change change={change} />}
        </>
      )}
    </>
  );
  return (
    <div className={classes.tile} data-selected={selected || undefined} data-link={onOpen ? true : undefined}>
      {onOpen ? (
        <button
          type="button"
          className={classes.button}
          onClick={onOpen}
          aria-pressed={selected}
          aria-description={t("metric.items", { name })}
        >
          {content}
        </button>
      ) : (
        <div className={classes.button}>{content}</div>
      )}
      {chart}
    </div>
  );
}

function Change({ change }: { change: MetricChange }) {
  const Arrow = change.up === undefined ? IconEqual : change.up ? IconArrowUpRight : IconArrowDownRight;
  const tone = change.better === undefined ? "idle" : change.better ? "good" : "bad";
  // The amount and its verdict are one phrase each: a narrow tile breaks between them, never inside.
  const words =
    change.text === undefined
      ? undefined
      : change.better === undefined
        ? t("metric.changed")
        : change.better
          ? t("metric.better")
          : t("metric.worse");
  return (
    <Tooltip label={change.against}>
      <span className={classes.change} data-tone={tone}>
        <span>
          <Arrow size={14} aria-hidden />
          {change.text ?? t("metric.same")}
        </span>{" "}
        {words && <span className={classes.verdict}>{words}</span>}
      </span>
    </Tooltip>
  );
}
