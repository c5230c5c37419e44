import { Group, List, Text } from "@mantine/core";
import { IconClock, IconClockExclamation } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { minuteOf } from "@/lib/day";
import type { Consequence, Head, Position } from "./queries";
import classes from "./request.module.css";
import { clockOf, toneOf } from "./rules";
import { t } from "./text";

export function Status({ position }: { position: Position | undefined }) {
  if (!position) return null;
  return <StatusBadge tone={toneOf({ ...position, breached: false })}>{position.status}</StatusBadge>;
}

/** How long the record may stay where it is, or for how long it is late. */
export function SlaClock({ position, quiet }: { position: Position | undefined; quiet?: boolean }) {
  const clock = clockOf(position);
  if (clock.state === "none")
    return quiet ? null : (
      <Text span size="sm" c="dimmed">
        {t("sla.none")}
      </Text>
    );
  const tone: Tone = { running: "idle", close: "attention", breached: "bad" }[clock.state] as Tone;
  const words =
    clock.state === "breached"
      ? clock.text
        ? t("sla.late", { time: clock.text })
        : t("sla.breached")
      : t("sla.left", { time: clock.text });
  return (
    <Group gap={6} wrap="nowrap" component="span">
      <StatusBadge tone={tone} icon={clock.state === "breached" ? IconClockExclamation : IconClock}>
        {words}
      </StatusBadge>
      {!quiet && position?.dueAt && (
        <Text span size="xs" c="dimmed">
          <TimeText value={position.dueAt} />
        </Text>
      )}
    </Group>
  );
}

/** A colour beside a name; the colour never stands for itself. */
export function TypeName({ type }: { type: Head["type"] }) {
  return (
    <Group gap={6} wrap="nowrap" component="span">
      {type.colour && (
        <span aria-hidden className={classes.swatch} ref={(e) => e?.style.setProperty("--colour", type.colour ?? "")} />
      )}
      {type.name}
    </Group>
  );
}

/** From when to when, the day named once where both are the same. */
export function Span({ from, to }: { from: string; to: string }) {
  const a = new Date(from);
  const b = new Date(to);
  return (
    <span className={classes.span}>
      <TimeText value={from} plain /> –{" "}
      {a.toDateString() === b.toDateString() ? (
        <time dateTime={b.toISOString()}>{minuteOf(to).slice(11)}</time>
      ) : (
        <TimeText value={to} plain />
      )}
    </span>
  );
}

export function Consequences({ items }: { items: Consequence[] }) {
  if (items.length === 0) return null;
  return (
    <List size="sm" spacing={4}>
      {items.map((c) => (
        <List.Item key={c.kind + c.message}>
          {c.message}
          {(c.bookings?.length ?? 0) > 0 && (
            <Text span size="xs" c="dimmed">
              {" "}
              {c.bookings?.map((b) => `${b.reference} ${b.title}`).join(", ")}
            </Text>
          )}
        </List.Item>
      ))}
    </List>
  );
}

const bookingTones: Record<string, Tone> = {
  requested: "attention",
  approved: "good",
  rejected: "bad",
  waiting: "idle",
  cancelled: "idle",
  ended: "good",
  expired: "idle",
};

export function BookingState({ value }: { value: Head["bookings"][number]["status"] }) {
  return <StatusBadge tone={bookingTones[value] ?? "idle"}>{t(`bookingStates.${value}`)}</StatusBadge>;
}

/** The bookings of a request, each with the way to its page. */
export function Bookings({ items }: { items: Head["bookings"] }) {
  if (items.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("noBookings")}
      </Text>
    );
  return (
    <ul className={classes.rows}>
      {items.map((b) => (
        <li key={b.id}>
          <div className={classes.words}>
            <Text size="sm" component={Link} to={`/bookings/${b.id}` as string} className={classes.link}>
              {b.reference} {b.title}
            </Text>
            <Text size="xs" c="dimmed">
              {b.environments.map((e) => e.name).join(", ")} · <Span from={b.from} to={b.to} />
            </Text>
          </div>
          <BookingState value={b.status} />
        </li>
      ))}
    </ul>
  );
}
