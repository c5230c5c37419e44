import { Button, Text } from "@mantine/core";
import { IconCalendarPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { StatusBadge } from "@/components/StatusBadge";
import { BookingDialog, type BookingStart } from "./BookingDialog";
import { hour, iso, momentOf, nextHour } from "./span";
import { t } from "./text";
import { useNow } from "./useNow";

/** Where many match, only of the first ones is asked at once whether they are free; the dialog asks about any. */
const askedAtOnce = 12;

/** Books what was found for the time that was asked for, and says before whether it is free then. */
export function BookMatch(props: {
  match: { kind: "environment" | "environment_group"; id: string; name: string };
  when: { from?: string; to?: string };
  place: number;
}) {
  const { match, when } = props;
  const can = useCan();
  const now = useNow();
  const [start, setStart] = useState<BookingStart>();
  const from = momentOf(when.from ?? "");
  const to = momentOf(when.to ?? "");
  const whole = from !== undefined && to !== undefined && to > from;
  const target = match.kind === "environment" ? { environment: match.id } : { group: match.id };
  const question = whole ? { ...target, from: iso(from), to: iso(to) } : undefined;
  const free = useQuery({
    queryKey: keys.list("booking", { availability: question }),
    queryFn: ({ signal }) => ok(api.POST("/api/v1/availability", { body: question as never, signal })),
    enabled: Boolean(question) && props.place < askedAtOnce,
    retry: false,
  });
  if (!can("booking.create_booking")) return null;
  const book = () => {
    const begin = from ?? (to !== undefined ? to - 8 * hour : nextHour(now));
    setStart({ ...target, from: begin, to: to !== undefined && to > begin ? to : begin + 8 * hour });
  };
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconCalendarPlus size={16} />}
        aria-label={t("found.book", { name: match.name })}
        onClick={book}
      >
        {t("book")}
      </Button>
      {free.data && (
        <StatusBadge tone={free.data.available ? "good" : "bad"}>
          {free.data.available
            ? t("found.free")
            : free.data.conflicts.length > 0
              ? t("found.taken", { count: free.data.conflicts.length })
              : t("found.closed")}
        </StatusBadge>
      )}
      {free.isError && (
        <Text size="xs" c="dimmed">
          {t("found.unknown")}
        </Text>
      )}
      {start && <BookingDialog start={start} onClose={() => setStart(undefined)} />}
    </>
  );
}
