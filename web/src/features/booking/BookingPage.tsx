import { SimpleGrid, Skeleton, Stack, Title } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { BookingActs } from "./Acts";
import { BookingEdits } from "./BookingEdits";
import { BookingFacts } from "./BookingFacts";
import { ConflictList } from "./Conflicts";
import { BookingStatus } from "./Marks";
import { useBooking } from "./queries";
import { SeriesList } from "./SeriesList";
import { spanWords } from "./span";
import { t } from "./text";

/** One booking with everything about it. */
export function BookingPage() {
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const query = useBooking(id);
  const b = query.data;
  if (query.isError)
    return (
      <>
        <PageHeader title={t("booking")} crumbs={[{ label: t("bookings"), to: "/bookings" }]} />
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  if (!b)
    return (
      <>
        <PageHeader title={t("booking")} crumbs={[{ label: t("bookings"), to: "/bookings" }]} />
        <Stack gap="sm" aria-busy>
          {[60, 80, 40, 70, 50].map((w) => (
            <Skeleton key={w} h={18} w={`${w}%`} />
          ))}
        </Stack>
      </>
    );
  const record = { kind: "booking", id: b.id, name: `${b.reference} ${b.title}` };
  return (
    <>
      <PageHeader
        title={`${b.reference} ${b.title}`}
        about={`${b.environments.map((e) => e.name).join(", ")} · ${spanWords(b.from, b.to)}`}
        crumbs={[{ label: t("bookings"), to: "/bookings" }]}
        badge={<BookingStatus value={b.status} />}
      >
        <Slot part="follow" {...record} />
        <BookingEdits booking={b} />
        <BookingActs booking={b} />
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" pb="xl">
        <Part title={t("parts.facts")}>
          <BookingFacts booking={b} />
        </Part>
        <Stack gap="lg">
          {b.conflicts.length > 0 && (
            <Part title={t("conflicts.title")}>
              <ConflictList items={b.conflicts} />
            </Part>
          )}
          {b.seriesId && (
            <Part title={t("parts.series")}>
              <SeriesList series={b.seriesId} current={b.id} />
            </Part>
          )}
          <Slot part="comments" {...record} />
          <Slot part="attachments" {...record} />
          <Slot part="watchers" {...record} />
          <Part title={t("parts.history")}>
            <RecordHistory kind="booking" id={b.id} quiet />
          </Part>
        </Stack>
      </SimpleGrid>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}
