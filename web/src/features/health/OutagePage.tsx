import {
  Anchor,
  Box,
  Button,
  Group,
  Menu,
  Modal,
  NativeSelect,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { Facts } from "@/components/Facts";
import { PageHeader } from "@/components/PageHeader";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RecordHistory } from "@/components/RecordHistory";
import { Slot } from "@/components/Slot";
import { StatusBadge } from "@/components/StatusBadge";
import { Duration, TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import { fromMinute, minuteOf } from "@/lib/day";
import { duration } from "@/lib/time";
import classes from "./health.module.css";
import { healthWord, KindMark, lasted, OutageMark } from "./Marks";
import { OutageForm, useOutageRefresh } from "./OutageForm";
import { environmentHealthAddress, type OutageView, type Suspect, useImpact, useOutage, version } from "./queries";
import { outageState } from "./rules";
import { Told } from "./Told";
import { t } from "./text";

/** One outage: its times, whom it hurts, and what may have caused it. */
export function OutagePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useOutage(id);
  const navigate = useNavigate();
  const refresh = useOutageRefresh();
  const [asking, setAsking] = useState<"edit" | "end" | "delete">();
  const o = query.data;
  if (query.isError && !o) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!o)
    return (
      <div aria-busy>
        <Skeleton h={28} w={320} mt="md" />
        <Skeleton h={16} w="40%" mt="sm" />
        <Skeleton h={240} mt="md" />
      </div>
    );
  const may = (act: string) => o.allowedActs.includes(act);
  const close = () => setAsking(undefined);
  const state = outageState(o);
  return (
    <>
      <PageHeader
        title={o.title}
        about={
          <>
            <Anchor component={Link} to={environmentHealthAddress(o.environmentId)} fz="sm" underline="always">
              {o.environmentName}
            </Anchor>
            {` · ${lasted(o)}`}
          </>
        }
        crumbs={[
          { label: t("environments"), to: "/environments" },
          { label: t("outages.title"), to: "/outages" },
        ]}
        badge={
          <>
            <OutageMark of={o} />
            <KindMark value={o.kind} />
          </>
        }
      >
        <Slot part="follow" kind="outage" id={o.id} name={o.title} />
        {may("end") && <Button onClick={() => setAsking("end")}>{t("outage.end")}</Button>}
        {may("change") && (
          <Button variant="default" onClick={() => setAsking("edit")}>
            {t("edit")}
          </Button>
        )}
        {may("delete") && (
          <Menu>
            <Menu.Target>
              <Button variant="default" px="xs" aria-label={t("moreActs")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("outage.takeBack")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHeader>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
        <Stack gap="xl">
          <section aria-label={t("outage.times")}>
            <Title order={2} mb="xs">
              {t("outage.times")}
            </Title>
            <Facts
              items={[
                [t(state === "ahead" ? "outage.begins" : "outage.began"), <TimeText key="b" value={o.startedAt} />],
                [
                  t("outage.detected"),
                  <When key="d" at={o.detectedAt} after={o.detectSeconds} words="outage.afterBegin" />,
                ],
                [
                  t("outage.found"),
                  o.foundAt && <When at={o.foundAt} after={o.findSeconds} words="outage.afterDetect" />,
                ],
                ...(o.endedAt
                  ? []
                  : ([[t("outage.expected"), o.expectedEndAt && <TimeText value={o.expectedEndAt} />]] as [
                      string,
                      ReactNode,
                    ][])),
                [
                  t(o.endedAt && state !== "ended" ? "outage.ends" : "outage.endedAt"),
                  o.endedAt && <When at={o.endedAt} after={o.restoreSeconds} words="outage.afterBegin" />,
                ],
                [
                  t("outage.source"),
                  o.source === "monitor"
                    ? t("sources.monitor")
                    : o.source === "person"
                      ? t("sources.person")
                      : o.source.replaceAll("_", " "),
                ],
                [t("description"), o.description],
              ]}
            />
          </section>
          <Causes outage={o} />
        </Stack>
        <Stack gap="xl">
          <Impact outage={o} />
          <Told outage={o} />
          <Slot part="comments" kind="outage" id={o.id} name={o.title} />
          <Slot part="attachments" kind="outage" id={o.id} name={o.title} />
          <section aria-label={t("history")}>
            <Title order={2}>{t("history")}</Title>
            <RecordHistory kind="outage" id={o.id} quiet />
          </section>
        </Stack>
      </SimpleGrid>
      {asking === "edit" && <OutageForm outage={o} onClose={close} />}
      {asking === "end" && <EndOutage outage={o} onClose={close} />}
      <ConfirmDialog
        opened={asking === "delete"}
        onClose={close}
        title={t("outage.takeBackTitle", { title: o.title })}
        body={t("outage.takeBackBody")}
        verb={t("outage.takeBack")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/outages/{id}", { params: { path: { id: o.id }, ...version(o.version) } }));
          await navigate({ to: "/outages" as string });
          await refresh();
        }}
      />
    </>
  );
}

function When({
  at,
  after,
  words,
}: {
  at: string;
  after: number | undefined;
  words: "outage.afterBegin" | "outage.afterDetect";
}) {
  return (
    <>
      <TimeText value={at} />
      {after !== undefined && (
        <Text size="xs" c="dimmed">
          {t(words, { time: duration(after) })}
        </Text>
      )}
    </>
  );
}

/** How an environment can be after an outage. */
const afterwards = ["online", "issue", "unknown"] as const;

function EndOutage({ outage: o, onClose }: { outage: OutageView; onClose: () => void }) {
  const refresh = useOutageRefresh();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { at: minuteOf(new Date().toISOString()), health: "" },
    validate: { at: (v: string) => (v ? null : t("needEnd")) },
  });
  const [opened] = useState(form.values.at);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("outage.endTitle", { title: o.title })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void send(async (v) => {
            await ok(
              api.POST("/api/v1/outages/{id}/end", {
                params: { path: { id: o.id }, ...version(o.version) },
                // What was left as it stood means this very moment.
                body: {
                  at: v.at === opened ? undefined : fromMinute(v.at),
                  health: afterwards.find((h) => h === v.health),
                },
              }),
            );
            await refresh();
            notifications.show({ message: t("outage.hasEnded", { title: o.title }) });
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <Text size="sm">{t("outage.endAbout", { name: o.environmentName })}</Text>
          <TextInput type="datetime-local" label={t("outage.endedAt")} data-autofocus {...form.getInputProps("at")} />
          <NativeSelect
            label={t("outage.afterwards")}
            description={t("outage.afterwardsAbout")}
            data={[
              { value: "", label: t("outage.afterwardsUsual") },
              ...afterwards.map((h) => ({ value: h, label: healthWord(h) })),
            ]}
            {...form.getInputProps("health")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("outage.end")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What may have caused it, ranked, and what somebody marked as the cause. */
function Causes({ outage: o }: { outage: OutageView }) {
  const refresh = useOutageRefresh();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState<string>();
  const [writing, setWriting] = useState(false);
  const query = useQuery({
    queryKey: keys.part("outage", o.id, "suspects"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/outages/{id}/suspects", { params: { path: { id: o.id } }, signal })),
  });
  const may = o.allowedActs.includes("mark_cause");
  const mark = async (body: { kind?: string; id?: string; label: string }, which: string) => {
    setBusy(which);
    setProblem(undefined);
    try {
      await ok(api.POST("/api/v1/outages/{id}/cause", { params: { path: { id: o.id }, ...version(o.version) }, body }));
      await refresh();
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      setBusy(undefined);
    }
  };
  const items = query.data?.items ?? [];
  return (
    <section aria-label={t("cause.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("cause.title")}</Title>
        {may && (
          <Group gap="xs">
            {o.cause && (
              <Button
                size="compact-sm"
                variant="default"
                loading={busy === "none"}
                onClick={() => void mark({ label: "" }, "none")}
              >
                {t("cause.unmark")}
              </Button>
            )}
            <Button size="compact-sm" variant="default" onClick={() => setWriting(true)}>
              {t("cause.write")}
            </Button>
          </Group>
        )}
      </Group>
      <Text size="sm" mb="xs">
        {o.cause ? t("cause.marked", { cause: o.cause }) : t("cause.none")}
      </Text>
      {problem !== undefined && <ProblemAlert error={problem} />}
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Skeleton h={120} aria-busy />
      ) : items.length === 0 ? (
        <EmptyState title={t("cause.emptyTitle")} body={t("cause.emptyBody")} />
      ) : (
        <>
          <Text size="xs" c="dimmed" mb="xs">
            {t("cause.about")}
          </Text>
          <ol className={classes.suspects}>
            {items.map((s, i) => (
              <OneSuspect
                key={`${s.kind} ${s.id}`}
                suspect={s}
                place={i + 1}
                may={may}
                busy={busy === `${s.kind} ${s.id}`}
                onMark={() => void mark({ kind: s.kind, id: s.id, label: s.label }, `${s.kind} ${s.id}`)}
              />
            ))}
          </ol>
        </>
      )}
      {writing && (
        <WriteCause
          cause={o.causeId ? "" : (o.cause ?? "")}
          onClose={() => setWriting(false)}
          save={(label) => mark({ label }, "words")}
        />
      )}
    </section>
  );
}

// Where the record behind a suspect lies, for the kinds that have a page.
const places: Partial<Record<Suspect["kind"], (s: Suspect) => string>> = {
  deployment: (s) => `/delivery/deployments/${s.id}`,
  change_request: (s) => `/environment-change-requests/${s.id}`,
  outage: (s) => `/outages/${s.id}`,
  version: (s) => `/environments/${s.environmentId}/stack`,
  configuration: (s) => `/environments/${s.environmentId}/configuration`,
  data: (s) => `/environments/${s.environmentId}/configuration`,
};

function OneSuspect({
  suspect: s,
  place,
  may,
  busy,
  onMark,
}: {
  suspect: Suspect;
  place: number;
  may: boolean;
  busy: boolean;
  onMark: () => void;
}) {
  const to = places[s.kind]?.(s);
  return (
    <li className={classes.suspect} data-marked={s.marked || undefined}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Text size="sm">
            <Text span c="dimmed" mr={6}>
              {place}.
            </Text>
            {to ? (
              <Anchor component={Link} to={to} fz="sm">
                {s.label}
              </Anchor>
            ) : (
              s.label
            )}
          </Text>
          <Text size="xs" c="dimmed">
            {[t(`suspects.${s.kind}`), s.actor].filter(Boolean).join(" · ")} · <TimeText value={s.at} />
          </Text>
        </div>
        {s.marked ? (
          <StatusBadge tone="attention">{t("cause.is")}</StatusBadge>
        ) : (
          may && (
            <Button
              size="compact-sm"
              variant="default"
              style={{ flexShrink: 0 }}
              loading={busy}
              aria-label={t("cause.markThis", { label: s.label })}
              onClick={onMark}
            >
              {t("cause.mark")}
            </Button>
          )
        )}
      </Group>
      <ul className={classes.evidence}>
        {s.evidence.map((e) => (
          <li key={e}>{e}</li>
        ))}
      </ul>
    </li>
  );
}

function WriteCause({
  cause,
  save,
  onClose,
}: {
  cause: string;
  save: (label: string) => Promise<boolean>;
  onClose: () => void;
}) {
  const [text, setText] = useState(cause);
  const [busy, setBusy] = useState(false);
  return (
    <Modal opened onClose={onClose} title={t("cause.write")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          if (!text.trim()) return;
          setBusy(true);
          void save(text.trim()).then((done) => {
            setBusy(false);
            if (done) onClose();
          });
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={t("cause.words")}
            description={t("cause.wordsAbout")}
            maxLength={1000}
            data-autofocus
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!text.trim()}>
              {t("cause.mark")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What depends on the environment, and which bookings and releases lose time. */
function Impact({ outage: o }: { outage: OutageView }) {
  const query = useImpact(o.id);
  const i = query.data;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!i) return <Skeleton h={200} aria-busy />;
  const others = i.environments.filter((e) => e.distance > 0);
  return (
    <section aria-label={t("impact.title")}>
      <Title order={2} mb="xs">
        {t("impact.title")}
      </Title>
      <Facts
        items={[
          [t("impact.lost"), <Duration key="l" seconds={i.lostSeconds} />],
          [t("impact.people"), i.people],
          [t("impact.releases"), i.releases.join(", ")],
        ]}
      />
      <Title order={3} mt="md">
        {t("impact.dependents", { count: others.length })}
      </Title>
      {others.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("impact.noDependents")}
        </Text>
      ) : (
        <Box component="ul" pl="md" my={4} fz="sm">
          {others.map((e) => (
            <li key={e.id}>
              <Anchor component={Link} to={environmentHealthAddress(e.id)} fz="sm">
                {e.name}
              </Anchor>{" "}
              <Text span size="xs" c="dimmed">
                {e.distance === 1 ? t("impact.direct") : t("impact.away", { count: e.distance })}
              </Text>
            </li>
          ))}
        </Box>
      )}
      <Title order={3} mt="md">
        {t("impact.bookings", { count: i.bookings.length })}
      </Title>
      {i.bookings.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("impact.noBookings")}
        </Text>
      ) : (
        <PartTable
          label={t("impact.bookings", { count: i.bookings.length })}
          empty={false}
          title=""
          head={[t("impact.booking"), t("impact.from"), t("impact.to"), t("impact.loses")]}
          rows={i.bookings.map((b) => ({
            id: `${b.id} ${b.environmentId}`,
            name: b.title,
            cells: [
              <div key="b">
                <Anchor component={Link} to={`/bookings/${b.id}`} fz="sm">
                  {`${b.number} ${b.title}`}
                </Anchor>
                <Text size="xs" c="dimmed">
                  {b.holderName}
                </Text>
              </div>,
              <TimeText key="f" value={b.from} />,
              <TimeText key="t" value={b.to} />,
              duration(b.lostSeconds),
            ],
          }))}
        />
      )}
    </section>
  );
}
