import { Group, SegmentedControl, Text, Title } from "@mantine/core";
import { type CSSProperties, useState } from "react";
import classes from "./environmentkpi.module.css";
import { percent, type Report } from "./report";
import { t } from "./text";

const days = [1, 2, 3, 4, 5, 6, 7] as const;
const clock = Array.from({ length: 24 }, (_, i) => i);

/** How much of the capacity is booked, or used, at each hour of the week. */
export function HeatMap({ heat, zone }: { heat: Report["heat"]; zone: string }) {
  const [what, setWhat] = useState<"bookedShare" | "usedShare">("bookedShare");
  const title = t("heat.title", { zone });
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{title}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t("heat.what")}
          value={what}
          onChange={(v) => setWhat(v as typeof what)}
          data={[
            { value: "bookedShare", label: t("figures.booked") },
            { value: "usedShare", label: t("figures.used") },
          ]}
        />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label={t("heat.scroll")}>
        <table className={classes.heat}>
          <thead>
            <tr>
              <th scope="col">
                <span className={classes.ear}>{t("heat.day")}</span>
              </th>
              {clock.map((h) => (
                <th key={h} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((d) => (
              <tr key={d}>
                <th scope="row">{t(`days.${d}`)}</th>
                {clock.map((h) => {
                  const value = heat[(d - 1) * 24 + h]?.[what] ?? null;
                  const words = percent(value) ?? t("heat.none");
                  return (
                    <td
                      key={h}
                      title={`${t(`days.${d}`)} ${h}:00 – ${words}`}
                      data-unknown={value === null || undefined}
                      style={{ "--share": Math.min(1, value ?? 0) } as CSSProperties}
                    >
                      <span className={classes.ear}>{words}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Text size="xs" c="dimmed" mt={6} className={classes.key}>
        0 % <span className={classes.ramp} aria-hidden /> 100 %
      </Text>
    </section>
  );
}
