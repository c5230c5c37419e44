import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconPlayerPlay,
  IconSnowflake,
} from "@tabler/icons-react";
import classes from "./StatusBadge.module.css";

/**
 * The six meanings a colour can have: done or healthy, under way, needs attention, failed/late/blocked, not started,
 * frozen or closed. Always with an icon and a word.
 */
export type Tone = "good" | "active" | "attention" | "bad" | "idle" | "frozen";

export const toneIcons: Record<Tone, Icon> = {
  good: IconCircleCheck,
  active: IconPlayerPlay,
  attention: IconAlertTriangle,
  bad: IconCircleX,
  idle: IconCircleDashed,
  frozen: IconSnowflake,
};

export function StatusBadge({ tone, children, icon }: { tone: Tone; children: string; icon?: Icon }) {
  const Sign = icon ?? toneIcons[tone];
  return (
    <span className={classes.badge} data-tone={tone}>
      <Sign size={14} stroke={2} aria-hidden />
      <span>{children}</span>
    </span>
  );
}
