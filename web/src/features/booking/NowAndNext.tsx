import { Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconCalendarPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { localTime } from "@/lib/time";
import { BookingDialog, type BookingStart } from "./BookingDialog";
import { BookingStatus } from "./Marks";
import { nowAndNext } from "./nowAndNextOf";
import { type Booking, bookingAddress } from "./queries";
import { iso, nextHour, spanWords } from "./span";
import { t } from "./text";
import { useNow } from "./useNow";

/** Who has an environment now and who comes next, in a sentence and a short list, with the way to book it. */
export function NowAndNext({ id: environment, name }: { id: string; name: string }) {
  const can = useCan();
  const now = useNow();
  const [creating, setCreating] = useState<BookingStart>();
  const minute = Math.floor(now / 3_600_000) * 3_600_000;
  const query = useQuery({
    queryKey: keys.list("booking", { nowAndNext: environment, from: minute }),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/bookings", {
          params: { query: { environment: [environment], status: "live", from: iso(minute), limit: 20 } },
          signal,
        }),
      ),
  });
  if (query.isPending) return <Skeleton h={96} />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  const { current, next, freeUntil, freeFrom } = nowAndNext(query.data.items, now);
  const book = () => {
    const from = Math.max(nextHour(now), freeFrom ?? 0);
    setCreating({ environment, from, to: from + 8 * 3_600_000 });
  };
  const holder = current[0];
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <StatusBadge tone={current.length > 0 ? "active" : "good"}>
          {current.length > 0 ? t("now.booked") : t("now.free")}
        </StatusBadge>
        <Text size="sm">
          {holder
            ? t("now.by", {
                name,
                holder: holder.holder?.name ?? holder.requesterName,
                title: holder.title,
                until: localTime(new Date(holder.to)),
              })
            : freeUntil
              ? t("now.freeUntil", { name, until: localTime(new Date(freeUntil)) })
              : t("now.freeOpen", { name })}
          {current.length > 0 && freeFrom ? ` ${t("now.nextFree", { at: localTime(new Date(freeFrom)) })}` : ""}
        </Text>
      </Group>
      {current.length > 0 && <Entries title={t("now.now")} items={current} />}
      <Entries title={t("now.next")} items={next.slice(0, 3)} />
      <Group gap="xs">
        {can("booking.create_booking") && (
          <Button size="compact-sm" leftSection={<IconCalendarPlus size={16} />} onClick={book}>
            {t("book")}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          component={Link}
          to={"/bookings" as string}
          search={{ environment } as never}
        >
          {t("now.all")}
        </Button>
      </Group>
      {creating && <BookingDialog start={creating} onClose={() => setCreating(undefined)} />}
    </Stack>
  );
}

function Entries({ title, items }: { title: string; items: Booking[] }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mb={2}>
        {title}
      </Text>
      {items.length === 0 && <Text size="sm">{t("now.nothing")}</Text>}
      {items.map((b) => (
        <Group key={b.id} gap="xs">
          <Anchor component={Link} to={bookingAddress(b.id)} fz="sm">
            {`${b.reference} ${b.title}`}
          </Anchor>
          <Text size="xs" c="dimmed">
            {`${spanWords(b.from, b.to)} · ${b.holder?.name ?? b.requesterName}`}
          </Text>
          {b.status !== "approved" && <BookingStatus value={b.status} />}
        </Group>
      ))}
    </div>
  );
}
