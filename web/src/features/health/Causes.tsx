import { Anchor, Button, Group, Modal, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import classes from "./health.module.css";
import { useOutageRefresh } from "./OutageForm";
import { type OutageView, type Suspect, version } from "./queries";
import { t } from "./text";

/** What may have caused it, ranked, and what somebody marked as the cause. */
export function Causes({ outage: o }: { outage: OutageView }) {
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
