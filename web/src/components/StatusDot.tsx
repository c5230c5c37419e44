import { type Tone, toneIcons } from "./StatusBadge";
import classes from "./StatusBadge.module.css";

/** The sign of a status where the words beside it say what it means. */
export function StatusDot({ tone }: { tone: Tone }) {
  const Sign = toneIcons[tone];
  return (
    <span className={classes.dot} data-tone={tone}>
      <Sign size={18} stroke={2} aria-hidden />
    </span>
  );
}
