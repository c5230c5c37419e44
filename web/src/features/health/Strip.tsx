import { Group, Text, VisuallyHidden } from "@mantine/core";
import { duration, localTime } from "@/lib/time";
import classes from "./health.module.css";
import { HealthMark, healthWord } from "./Marks";
import type { HealthEvent } from "./queries";
import { healths } from "./queries";
import { onlineShare, stretches } from "./rules";
import { t } from "./text";

/** How an environment was over a time, as a strip; the same in words for the ear. */
export function Strip({
  events,
  from,
  to,
  complete,
}: {
  events: HealthEvent[];
  from: number;
  to: number;
  complete: boolean;
}) {
  const parts = stretches(events, from, to, complete);
  const share = onlineShare(parts);
  const shown = new Set(parts.map((p) => p.health));
  return (
    <figure style={{ margin: 0 }}>
      <div className={classes.strip} aria-hidden>
        {parts.map((p) => (
          <span
            key={p.from}
            data-health={p.health}
            style={{ flexGrow: p.to - p.from }}
            title={`${healthWord(p.health)} · ${localTime(new Date(p.from))} · ${duration((p.to - p.from) / 1000)}`}
          />
        ))}
      </div>
      <Group justify="space-between" mt={4}>
        <Text size="xs" c="dimmed">
          {localTime(new Date(parts[0]?.from ?? from))}
        </Text>
        <Text size="xs" c="dimmed">
          {t("now")}
        </Text>
      </Group>
      <Group gap="md" mt={4}>
        {healths
          .filter((h) => shown.has(h))
          .map((h) => (
            <HealthMark key={h} value={h} />
          ))}
        <Text size="sm" c="dimmed">
          {share === undefined
            ? t("strip.nothingKnown")
            : t("strip.share", { share: (share * 100).toLocaleString("en", { maximumFractionDigits: 1 }) })}
        </Text>
      </Group>
      <VisuallyHidden component="figcaption">
        <ul>
          {parts.map((p) => (
            <li key={p.from}>
              {t("strip.part", {
                health: healthWord(p.health),
                from: localTime(new Date(p.from)),
                to: localTime(new Date(p.to)),
              })}
            </li>
          ))}
        </ul>
      </VisuallyHidden>
    </figure>
  );
}
