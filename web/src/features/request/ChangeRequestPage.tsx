import { Button, Group, Menu, Modal, Select, SimpleGrid, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { MoreActs } from "./acts";
import { PageSkeleton } from "./BookingRequestPage";
import { ChangeRequestForm } from "./ChangeRequestForm";
import { Refusal } from "./DryRun";
import { HeadFacts } from "./HeadFacts";
import { ImpactList } from "./Impact";
import { Bookings, Consequences, Span, Status } from "./Marks";
import { type Card, type ChangeRequest, changeQuery, useRefresh, version } from "./queries";
import classes from "./request.module.css";
import { t } from "./text";
import { MoveMenu, WorkflowPath } from "./Workflow";

type CardStatus = Card["status"];
const tones: Record<CardStatus, Tone> = {
  planned: "idle",
  in_progress: "active",
  done: "good",
  failed: "bad",
  skipped: "idle",
};

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

/** The progression path: where the change is done, one card after the other. */
function Cards({ request: r }: { request: ChangeRequest }) {
  const [moving, setMoving] = useState<{ card: Card; to: CardStatus }>();
  const may = r.allowedActs.includes("move_card");
  return (
    <section aria-label={t("cards.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("cards.title")}</Title>
        {r.inOrder && (
          <Text size="xs" c="dimmed">
            {t("cards.inOrder")}
          </Text>
        )}
      </Group>
      {r.cards.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("cards.none")}
        </Text>
      ) : (
        <Stack gap="sm" component="ol" style={{ margin: 0, padding: 0, listStyle: "none" }}>
          {r.cards.map((c) => {
            const name = c.environment?.name ?? c.group?.name ?? "";
            const to = c.environment ? `/environments/${c.environment.key}` : `/environment-groups/${c.group?.key}`;
            return (
              <li key={c.id} className={classes.card}>
                <Group justify="space-between" gap="xs">
                  <Text size="sm" fw={600} component={Link} to={to as string} className={classes.link}>
                    {name}
                  </Text>
                  <Group gap="xs">
                    <StatusBadge tone={tones[c.status]}>{t(`cardStates.${c.status}`)}</StatusBadge>
                    {may && c.next.length > 0 && (
                      <Menu>
                        <Menu.Target>
                          <Button
                            variant="default"
                            size="compact-sm"
                            rightSection={<IconChevronDown size={14} />}
                            aria-label={t("cards.moveOf", { name })}
                          >
                            {t("move.title")}
                          </Button>
                        </Menu.Target>
                        <Menu.Dropdown>
                          {c.next.map((status) => (
                            <Menu.Item key={status} onClick={() => setMoving({ card: c, to: status as CardStatus })}>
                              {t(`cardStates.${status as CardStatus}`)}
                            </Menu.Item>
                          ))}
                        </Menu.Dropdown>
                      </Menu>
                    )}
                  </Group>
                </Group>
                {c.targets.length > 0 && (
                  <Text size="sm">
                    {c.targets
                      .map((x) => [x.name ?? x.component ?? x.application, x.version].filter(Boolean).join(" "))
                      .join(", ")}
                  </Text>
                )}
                {c.note && <Text size="sm">{c.note}</Text>}
                {(c.startedAt || c.endedAt) && (
                  <Text size="xs" c="dimmed">
                    {c.startedAt && <TimeText value={c.startedAt} plain />}
                    {c.endedAt && (
                      <>
                        {" – "}
                        <TimeText value={c.endedAt} plain />
                      </>
                    )}
                    {c.actorName && ` · ${c.actorName}`}
                  </Text>
                )}
              </li>
            );
          })}
        </Stack>
      )}
      {moving && <CardDialog request={r} {...moving} onClose={() => setMoving(undefined)} />}
    </section>
  );
}

function CardDialog({
  request: r,
  card,
  to,
  onClose,
}: {
  request: ChangeRequest;
  card: Card;
  to: CardStatus;
  onClose: () => void;
}) {
  const refresh = useRefresh("environment_change_request");
  const [note, setNote] = useState(card.note ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const name = card.environment?.name ?? card.group?.name ?? "";
  const run = (dryRun: boolean) =>
    ok(
      api.POST("/api/v1/environment-change-requests/{id}/cards/{card}/moves", {
        params: { path: { id: r.id, card: card.id }, query: { dryRun }, ...version(r.version) },
        body: { status: to, note: note.trim() || undefined },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", "card", card.id, r.version, to],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run(false);
      await refresh();
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("cards.moveTitle", { name, status: t(`cardStates.${to}`) })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <Textarea
          label={t("cards.note")}
          autosize
          maxLength={2000}
          data-autofocus
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        {dry.isPending ? (
          <Skeleton h={32} />
        ) : problem !== undefined || dry.isError ? (
          <Refusal error={problem ?? dry.error} />
        ) : (
          <Consequences items={dry.data.consequences} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!dry.isSuccess} onClick={() => void save()}>
            {t(`cardStates.${to}`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const intents = ["change_configuration", "change_code", "touch"] as const;

function BookDialog({ request: r, onClose }: { request: ChangeRequest; onClose: () => void }) {
  const refresh = useRefresh("environment_change_request");
  const [intent, setIntent] = useState<(typeof intents)[number]>("change_configuration");
  const [onClash, setOnClash] = useState<"refuse" | "wait">();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = (dryRun: boolean) =>
    ok(
      api.POST("/api/v1/environment-change-requests/{id}/bookings", {
        params: { path: { id: r.id }, query: { dryRun }, ...version(r.version) },
        body: { intent, onClash },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", "book", r.id, r.version, intent, onClash],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run(false);
      await refresh();
      notifications.show({ message: t("book.done") });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("book.verb")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack gap="sm">
        <Text size="sm">
          {r.cards.map((c) => c.environment?.name ?? c.group?.name).join(", ")} · <Span from={r.from} to={r.to} />
        </Text>
        <Select
          label={t("lines.intent")}
          allowDeselect={false}
          data={intents.map((x) => ({ value: x, label: t(`intents.${x}`) }))}
          value={intent}
          onChange={(x) => x && setIntent(x as typeof intent)}
        />
        <Select
          label={t("lines.onClash")}
          clearable
          clearButtonProps={{ "aria-label": t("lines.byPolicy") }}
          placeholder={t("lines.byPolicy")}
          data={(["refuse", "wait"] as const).map((x) => ({ value: x, label: t(`lines.clash.${x}`) }))}
          value={onClash ?? null}
          onChange={(x) => setOnClash((x as "refuse" | null) ?? undefined)}
        />
        {dry.isPending ? (
          <Skeleton h={32} />
        ) : problem !== undefined || dry.isError ? (
          <Refusal error={problem ?? dry.error} />
        ) : (
          <Consequences items={dry.data.consequences} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!dry.isSuccess} onClick={() => void save()}>
            {t("book.verb")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
