import { Divider, Stack } from "@mantine/core";
import { DetailDrawer } from "@/components/DetailDrawer";
import { RecordHistory } from "@/components/RecordHistory";
import { BookingActs } from "./Acts";
import { BookingEdits } from "./BookingEdits";
import { BookingFacts } from "./BookingFacts";
import { ConflictList } from "./Conflicts";
import { BookingStatus } from "./Marks";
import { bookingAddress, useBooking } from "./queries";
import { t } from "./text";

/** A booking's essentials, what wants the same, and the acts allowed now. */
export function BookingDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const query = useBooking(id);
  const b = query.data;
  return (
    <DetailDrawer
      opened={Boolean(id)}
      onClose={onClose}
      kind={b ? `${t("booking")} ${b.reference}` : t("booking")}
      title={b?.title ?? ""}
      badge={b && <BookingStatus value={b.status} />}
      page={id && bookingAddress(id)}
      pageLabel={t("openPage")}
      loading={query.isPending}
      error={query.error ?? undefined}
      onRetry={() => void query.refetch()}
      acts={
        b && (
          <>
            <BookingEdits booking={b} />
            <BookingActs booking={b} />
          </>
        )
      }
    >
      {b && (
        <Stack gap="md">
          <BookingFacts booking={b} brief />
          <ConflictList title={t("conflicts.title")} items={b.conflicts} />
          <Divider />
          <RecordHistory kind="booking" id={b.id} quiet />
        </Stack>
      )}
    </DetailDrawer>
  );
}
