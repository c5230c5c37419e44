import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Span } from "./Marks";
import type { Impact } from "./queries";
import classes from "./request.module.css";
import { t } from "./text";

/** Whom a change of environments hits: bookings with their holders, releases, groups that lose a member. */
export function ImpactList({ impact }: { impact: Impact }) {
  const people = impact.people.map((p) => p.name).join(", ");
  return (
    <section aria-label={t("impact.title")}>
      <Text size="sm" fw={600} mb={4}>
        {impact.outage ? t("impact.outage") : t("impact.time")} <Span from={impact.window.from} to={impact.window.to} />
      </Text>
      {impact.bookings.length === 0 && impact.hiddenBookings === 0 ? (
        <Text size="sm" c="dimmed">
          {t("impact.none")}
        </Text>
      ) : (
        <ul className={classes.rows}>
          {impact.bookings.map((b) => (
            <li key={b.id + b.environment.id}>
              <div className={classes.words}>
                <Text size="sm" component={Link} to={`/bookings/${b.id}` as string} className={classes.link}>
                  {b.reference} {b.title}
                </Text>
                <Text size="xs" c="dimmed">
                  {b.environment.name} · <Span from={b.overlap.from} to={b.overlap.to} />
                  {b.holder && ` · ${b.holder.name}`}
                  {b.release && ` · ${b.release}`}
                </Text>
              </div>
            </li>
          ))}
        </ul>
      )}
      {impact.hiddenBookings > 0 && <Text size="sm">{t("impact.hidden", { count: impact.hiddenBookings })}</Text>}
      {people && <Text size="sm">{t("impact.people", { names: people })}</Text>}
      {impact.releases.length > 0 && (
        <Text size="sm">{t("impact.releases", { names: impact.releases.join(", ") })}</Text>
      )}
      {impact.groups.length > 0 && (
        <Text size="sm">{t("impact.groups", { names: impact.groups.map((g) => g.name).join(", ") })}</Text>
      )}
    </section>
  );
}
