import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { intentText, statusText } from "./Marks";
import classes from "./Parts.module.css";
import { bookingAddress, type ConflictWith } from "./queries";
import { spanWords } from "./span";
import { t } from "./text";

/** Bookings that stand in the way of one, each with the person it concerns. */
export function ConflictList({ title, items }: { title?: string; items: ConflictWith[] }) {
  if (items.length === 0) return null;
  return (
    <div>
      {title && (
        <Text size="sm" fw={600} mb={4}>
          {title}
        </Text>
      )}
      <ul className={classes.list}>
        {items.map((c) => (
          <li key={`${c.environment.id} ${c.booking.id}`} className={classes.conflict}>
            <Stack gap={0}>
              <Text size="sm">
                <Anchor component={Link} to={bookingAddress(c.booking.id)} fz="sm" fw={500}>
                  {`${c.booking.reference} ${c.booking.title}`}
                </Anchor>
                {` · ${c.booking.holderName || t("nobody")}`}
              </Text>
              <Text size="xs" c="dimmed">
                {[
                  c.environment.name,
                  spanWords(c.booking.from, c.booking.to),
                  statusText(c.booking.status),
                  intentText(c.booking.intent),
                  t(`clash.${c.kind}`),
                ].join(" · ")}
              </Text>
            </Stack>
          </li>
        ))}
      </ul>
    </div>
  );
}
