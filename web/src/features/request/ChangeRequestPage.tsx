import { Button, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { MoreActs } from "./acts";
import { BookDialog } from "./BookDialog";
import { PageSkeleton } from "./BookingRequestPage";
import { Cards } from "./Cards";
import { ChangeRequestForm } from "./ChangeRequestForm";
import { HeadFacts } from "./HeadFacts";
import { ImpactList } from "./Impact";
import { Bookings, Span, Status } from "./Marks";
import { changeQuery } from "./queries";
import { t } from "./text";
import { MoveMenu, WorkflowPath } from "./Workflow";

/** One environment change request: its way, where it is done, whom it hits and what people say about it. */
export function ChangeRequestPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(changeQuery(id));
  const [asking, setAsking] = useState<"edit" | "book">();
  const r = query.data;
  if (query.isError && !r)
    return (
      <>
        <PageHeader
          title={t("kinds.environment_change_request.name")}
          crumbs={[{ label: t("tabs.changes"), to: "/requests/changes" }]}
        />
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  if (!r) return <PageSkeleton />;
  const kind = "environment_change_request";
  const record = { kind, id: r.id, name: `${r.reference} ${r.title}` };
  return (
    <>
      <PageHeader
        title={r.title}
        about={`${r.reference} · ${r.type.name} · ${r.unit.name}`}
        crumbs={[{ label: t("tabs.changes"), to: "/requests/changes" }]}
        badge={<Status position={r.position} />}
      >
        <Slot part="follow" {...record} />
        {r.allowedActs.includes("change") && (
          <Button variant="default" onClick={() => setAsking("edit")}>
            {t("edit")}
          </Button>
        )}
        <MoveMenu kind={kind} request={r} />
        <MoreActs kind={kind} request={r} onBook={() => setAsking("book")} />
      </PageHeader>
      <Stack gap="xl" py="md">
        <WorkflowPath kind={kind} request={r} />
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          <Stack gap="xl">
            <Cards request={r} />
            <section aria-label={t("impact.title")}>
              <Title order={2} mb="xs">
                {t("impact.title")}
              </Title>
              <ImpactList impact={r.impact} />
            </section>
            <section aria-label={t("bookings")}>
              <Title order={2} mb="xs">
                {t("bookings")}
              </Title>
              <Bookings items={r.bookings} />
            </section>
            <Slot part="comments" {...record} />
          </Stack>
          <Stack gap="xl">
            <HeadFacts request={r} />
            <section aria-label={t("outage.title")}>
              <Title order={2} mb="xs">
                {t("outage.title")}
              </Title>
              <Text size="sm" c={r.outage ? undefined : "dimmed"}>
                {r.outage ? <Span from={r.outage.from} to={r.outage.to} /> : t("outage.none")}
              </Text>
            </section>
            <Slot part="fields" {...record} />
            <Slot part="attachments" {...record} />
            <Slot part="watchers" {...record} />
            <section>
              <Title order={2}>{t("history")}</Title>
              <RecordHistory kind={kind} id={r.id} quiet />
            </section>
          </Stack>
        </SimpleGrid>
      </Stack>
      {asking === "edit" && <ChangeRequestForm request={r} onClose={() => setAsking(undefined)} />}
      {asking === "book" && <BookDialog request={r} onClose={() => setAsking(undefined)} />}
    </>
  );
}
