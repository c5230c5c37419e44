import { Button, SimpleGrid, Skeleton, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { Answers } from "./Answers";
import { MoreActs } from "./acts";
import { BookingRequestForm } from "./BookingRequestForm";
import { HeadFacts } from "./HeadFacts";
import { Lines } from "./Lines";
import { Status } from "./Marks";
import { bookingQuery } from "./queries";
import { t } from "./text";
import { MoveMenu, WorkflowPath } from "./Workflow";

/** One booking request: its way, its lines with what is in their way, its questions and what people say about it. */
export function BookingRequestPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(bookingQuery(id));
  const [editing, setEditing] = useState(false);
  const r = query.data;
  if (query.isError && !r)
    return (
      <>
        <PageHeader title={t("kinds.booking_request.name")} crumbs={[{ label: t("tabs.bookings"), to: "/requests" }]} />
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  if (!r) return <PageSkeleton />;
  const record = { kind: "booking_request", id: r.id, name: `${r.reference} ${r.title}` };
  return (
    <>
      <PageHeader
        title={r.title}
        about={`${r.reference} · ${r.type.name} · ${r.unit.name}`}
        crumbs={[{ label: t("tabs.bookings"), to: "/requests" }]}
        badge={<Status position={r.position} />}
      >
        <Slot part="follow" {...record} />
        {r.allowedActs.includes("change") && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t("edit")}
          </Button>
        )}
        <MoveMenu kind="booking_request" request={r} />
        <MoreActs kind="booking_request" request={r} />
      </PageHeader>
      <Stack gap="xl" py="md">
        <WorkflowPath kind="booking_request" request={r} />
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          <Stack gap="xl">
            <Lines request={r} />
            {r.answers.length > 0 && <Answers key={r.version} request={r} />}
            <Slot part="comments" {...record} />
          </Stack>
          <Stack gap="xl">
            <HeadFacts request={r} />
            <Slot part="fields" {...record} />
            <Slot part="attachments" {...record} />
            <Slot part="watchers" {...record} />
            <section>
              <Title order={2}>{t("history")}</Title>
              <RecordHistory kind="booking_request" id={r.id} quiet />
            </section>
          </Stack>
        </SimpleGrid>
      </Stack>
      {editing && <BookingRequestForm request={r} onClose={() => setEditing(false)} />}
    </>
  );
}

export function PageSkeleton() {
  return (
    <div aria-busy>
      <Skeleton h={28} w={260} mt="md" />
      <Skeleton h={16} w="50%" mt="sm" />
      <Skeleton h={80} mt="md" />
      <Skeleton h={220} mt="md" />
    </div>
  );
}
