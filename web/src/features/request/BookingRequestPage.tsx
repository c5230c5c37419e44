import { Alert, Button, Group, List, Radio, SimpleGrid, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { keys } from "@/api/query";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { StatusBadge } from "@/components/StatusBadge";
import { MoreActs } from "./acts";
import { BookingRequestForm } from "./BookingRequestForm";
import { HeadFacts } from "./HeadFacts";
import { BookingState, Span, Status } from "./Marks";
import { type BookingRequest, bookingQuery, useRefresh } from "./queries";
import classes from "./request.module.css";
import { t } from "./text";
import { MoveMenu, WorkflowPath } from "./Workflow";

/** One booking request: its way, its lines with what is in their way, its questions and what people say about it. */
export function BookingRequestPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(bookingQuery(id));
  const [editing, setEditing] = useState(false);
  const r = query.data;
  if (query.isError && !r) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
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

/** What the request asks for, line by line: what is free, what is in the way, and the ways out. */
function Lines({ request: r }: { request: BookingRequest }) {
  const query = useQuery({
    queryKey: keys.part("booking_request", r.id, "assessment"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/booking-requests/{id}/assessment", { params: { path: { id: r.id } }, signal })),
  });
  const assessed = new Map(query.data?.lines.map((l) => [l.line.id, l]));
  return (
    <section aria-label={t("lines.title")}>
      <Title order={2} mb="xs">
        {t("lines.title")}
      </Title>
      {(query.data?.missing.length ?? 0) > 0 && (
        <Alert variant="default" title={t("lines.missing")} mb="sm">
          <List size="sm">
            {query.data?.missing.map((m) => (
              <List.Item key={m.path + m.code}>{m.message}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {r.lines.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("lines.none")}
        </Text>
      ) : (
        <Stack gap="sm">
          {r.lines.map((l) => {
            const a = assessed.get(l.id);
            return (
              <article key={l.id} className={classes.card}>
                <Group justify="space-between" gap="xs">
                  <Text size="sm" fw={600}>
                    {l.title || l.group?.name || l.environments.map((e) => e.name).join(", ") || t("lines.capability")}
                  </Text>
                  {query.isPending ? (
                    <Skeleton w={90} h={20} />
                  ) : a?.booked ? (
                    <StatusBadge tone="good">{t("lines.booked")}</StatusBadge>
                  ) : a?.available ? (
                    <StatusBadge tone="good">{t("lines.free")}</StatusBadge>
                  ) : a ? (
                    <StatusBadge tone="bad">{t("lines.taken")}</StatusBadge>
                  ) : null}
                </Group>
                <Text size="xs" c="dimmed">
                  <Span from={l.from} to={l.to} /> · {t(`intents.${l.intent}`)}
                  {l.slot && ` · ${l.slot.name}`}
                  {l.onClash && ` · ${t(`lines.clash.${l.onClash}`)}`}
                </Text>
                {l.bookings.map((b) => (
                  <Group key={b.id} gap="xs" mt={4}>
                    <Text size="sm">
                      {b.reference} · {b.environments.map((e) => e.name).join(", ")}
                    </Text>
                    <BookingState value={b.status} />
                  </Group>
                ))}
                {a && (
                  <Stack gap={4} mt={6}>
                    {a.fault && (
                      <Text size="sm" c="var(--status-bad)">
                        {a.fault}
                      </Text>
                    )}
                    {a.alerts.map((x) => (
                      <Text key={x} size="sm" c="var(--status-attention)">
                        {x}
                      </Text>
                    ))}
                    {a.environments
                      .filter((e) => e.why)
                      .map((e) => (
                        <Text key={e.id} size="sm">
                          {e.name}: {e.why}
                        </Text>
                      ))}
                    {a.conflicts.map((c) => (
                      <Text key={c.booking.id + c.environment.id} size="sm">
                        {t("lines.conflict", {
                          environment: c.environment.name,
                          booking: `${c.booking.reference} ${c.booking.title}`,
                          holder: c.booking.holderName ?? t("nobody"),
                        })}{" "}
                        <Text span size="xs" c="dimmed">
                          <Span from={c.overlap.from} to={c.overlap.to} />
                        </Text>
                      </Text>
                    ))}
                    {a.wanted.length > 0 && (
                      <Text size="sm" c="dimmed">
                        {t("lines.wanted", { names: a.wanted.map((w) => w.booking.reference).join(", ") })}
                      </Text>
                    )}
                    {!a.booked && a.alternatives.length > 0 && (
                      <>
                        <Text size="xs" fw={600} mt={4}>
                          {t("lines.alternatives")}
                        </Text>
                        <List size="sm">
                          {a.alternatives.slice(0, 5).map((x) => (
                            <List.Item key={x.kind + x.message}>{x.message}</List.Item>
                          ))}
                        </List>
                      </>
                    )}
                  </Stack>
                )}
              </article>
            );
          })}
        </Stack>
      )}
    </section>
  );
}

/** The questions that are asked for the environments of the request. */
function Answers({ request: r }: { request: BookingRequest }) {
  const refresh = useRefresh("booking_request");
  const [answers, setAnswers] = useState(() => Object.fromEntries(r.answers.map((a) => [a.id, a.answer ?? ""])));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const edit = r.allowedActs.includes("change");
  const changed = r.answers.filter((a) => (a.answer ?? "") !== answers[a.id]);
  const put = (id: string, value: string) => setAnswers((all) => ({ ...all, [id]: value }));
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PATCH("/api/v1/booking-requests/{id}", {
          params: { path: { id: r.id }, header: { "If-Match": ifMatch(r.version) } },
          body: { answers: Object.fromEntries(changed.map((a) => [a.id, answers[a.id] ?? ""])) },
        }),
      );
      await refresh();
      notifications.show({ message: t("answers.saved") });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label={t("answers.title")}>
      <Title order={2} mb="xs">
        {t("answers.title")}
      </Title>
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        {r.answers.map((a) =>
          a.kind === "yes_no" ? (
            <Radio.Group
              key={a.id}
              label={a.text}
              withAsterisk={a.required}
              readOnly={!edit}
              value={answers[a.id] ?? ""}
              onChange={(v) => edit && put(a.id, v)}
            >
              <Group gap="md" mt={4}>
                <Radio value="yes" label={t("yes")} disabled={!edit} />
                <Radio value="no" label={t("no")} disabled={!edit} />
              </Group>
            </Radio.Group>
          ) : (
            <Textarea
              key={a.id}
              label={a.text}
              withAsterisk={a.required}
              readOnly={!edit}
              autosize
              minRows={1}
              maxLength={2000}
              value={answers[a.id] ?? ""}
              onChange={(e) => put(a.id, e.currentTarget.value)}
            />
          ),
        )}
        {edit && (
          <Group>
            <Button variant="default" loading={busy} disabled={changed.length === 0} onClick={() => void save()}>
              {t("answers.save")}
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}
