import { Button, Group, Modal, Radio, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { asProblem, type Problem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { zoneName } from "@/lib/time";
import { AvailabilityPanel, SeriesPanel } from "./Availability";
import { BookTarget } from "./BookTarget";
import { BookTime } from "./BookTime";
import { applied, type BookingStart, begin, bodyOf, type Draft, questionOf, targetsOf } from "./draft";
import parts from "./Parts.module.css";
import { type Alternative, type BookingAnswer, intents, useEnvironment, usePolicy } from "./queries";
import { spanWords } from "./span";
import { t } from "./text";
import { tellWithUndo } from "./undo";

export type { BookingStart } from "./draft";

/** Books: what, when and what for, with the answer whether it is free before anybody asks. */
export function BookingDialog({ start, onClose }: { start: BookingStart; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      size={760}
      title={t("dialog.title")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields start={start} onClose={onClose} />
    </Modal>
  );
}

function Fields({ start, onClose }: { start: BookingStart; onClose: () => void }) {
  const client = useQueryClient();
  const can = useCan();
  const zone = zoneName();
  const [draft, setDraft] = useState<Draft>(() => begin(start));
  const patch = (p: Partial<Draft>) => setDraft((d) => ({ ...d, ...p }));
  const [more, setMore] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [untitled, setUntitled] = useState(false);

  const [asked] = useDebouncedValue(draft, 250);
  const question = questionOf(asked);
  const free = useQuery({
    queryKey: keys.list("booking", { availability: question }),
    queryFn: ({ signal }) => ok(api.POST("/api/v1/availability", { body: question as never, signal })),
    enabled: Boolean(question) && !asked.recurrence,
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
  // A series is tried as a whole; its name does not matter for that.
  const body = asked.recurrence ? bodyOf({ ...asked, title: "?" }, zone) : undefined;
  const series = useQuery({
    queryKey: keys.list("booking", { series: body }),
    queryFn: ({ signal }) =>
      ok(api.POST("/api/v1/bookings", { params: { query: { dryRun: true } }, body: body as never, signal })),
    enabled: Boolean(body),
    staleTime: 0,
    retry: false,
  });
  const environment = useEnvironment(draft.mode === "environment" ? draft.environment : undefined);
  const policy = usePolicy(environment.data?.unitId);
  const classes = policy.data?.priorityClasses ?? [];

  const pending = asked !== draft;
  const freeze = free.data?.environments.some((e) => e.closed.some((c) => c.refuses.includes("booking")));
  const passes = Boolean(freeze) && can("calendar.override_freeze") && draft.overrideReason.trim() !== "";
  const outcome = draft.recurrence ? (series.data ? series.data.status : undefined) : free.data?.status;
  const refused = draft.recurrence
    ? series.isError
    : Boolean(free.data) && !outcome && !passes && !(draft.wait && (free.data?.conflicts.length ?? 0) > 0);
  const verb = draft.wait || outcome === "waiting" ? "wait" : outcome === "requested" ? "ask" : "book";

  const choose = (a: Alternative) => {
    setProblem(undefined);
    patch(applied(a));
  };
  const save = async () => {
    setUntitled(!draft.title.trim());
    const sent = bodyOf(draft, zone);
    if (!sent?.title) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await ok(api.POST("/api/v1/bookings", { body: sent }));
      await client.invalidateQueries({ queryKey: keys.all("booking") });
      tell(done, () => void client.invalidateQueries({ queryKey: keys.all("booking") }));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      void free.refetch();
    } finally {
      setBusy(false);
    }
  };
  const clash = problem?.code === "booking_overlaps";

  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Stack gap="md">
        <TextInput
          label={t("dialog.what")}
          description={t("dialog.whatHelp")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          data-autofocus
          value={draft.title}
          maxLength={200}
          error={untitled && !draft.title.trim() ? t("dialog.needTitle") : undefined}
          onChange={(e) => patch({ title: e.currentTarget.value })}
        />
        <BookTarget draft={draft} patch={patch} />
        <BookTime draft={draft} patch={patch} />
        <Radio.Group
          label={t("intent")}
          value={draft.intent}
          onChange={(v) => patch({ intent: v as Draft["intent"], wait: false })}
        >
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs" mt={4}>
            {intents.map((i) => (
              <Radio.Card key={i} value={i} p="xs" className={parts.choice}>
                <Group wrap="nowrap" align="flex-start" gap="xs">
                  <Radio.Indicator mt={2} />
                  <div>
                    <Text size="sm" fw={500}>
                      {t(`intents.${i}`)}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {t(`intentHelp.${i}`)}
                    </Text>
                  </div>
                </Group>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
        {draft.recurrence ? (
          <SeriesPanel
            query={series}
            asked={Boolean(body)}
            skip={draft.skipClashing}
            onSkip={(skipClashing) => patch({ skipClashing })}
          />
        ) : (
          <AvailabilityPanel
            query={free}
            asked={Boolean(question)}
            missing={!targetsOf(draft) ? "what" : "when"}
            draft={draft}
            patch={patch}
            onChoose={choose}
          />
        )}
        {more ? (
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput
              label={t("release")}
              description={t("dialog.releaseHelp")}
              inputWrapperOrder={["label", "input", "description"]}
              value={draft.release}
              maxLength={200}
              onChange={(e) => patch({ release: e.currentTarget.value })}
            />
            <RemotePicker
              label={t("dialog.holder")}
              description={t("dialog.holderHelp")}
              inputWrapperOrder={["label", "input", "description"]}
              source={personPicker}
              value={draft.holder}
              clearable
              onChange={(v) => patch({ holder: v ?? undefined })}
            />
            {classes.length > 0 && (
              <Select
                label={t("priority")}
                clearable
                clearButtonProps={{ "aria-label": t("dialog.usualPriority") }}
                placeholder={classes.find((c) => c.default)?.name ?? t("dialog.usualPriority")}
                data={classes.map((c) => ({ value: c.name, label: c.name }))}
                value={draft.priority ?? null}
                onChange={(v) => patch({ priority: v ?? undefined })}
              />
            )}
            <Textarea
              label={t("description")}
              autosize
              minRows={1}
              maxRows={6}
              maxLength={10000}
              value={draft.description}
              onChange={(e) => patch({ description: e.currentTarget.value })}
            />
          </SimpleGrid>
        ) : (
          <Button variant="subtle" size="compact-sm" onClick={() => setMore(true)} style={{ alignSelf: "flex-start" }}>
            {t("dialog.more")}
          </Button>
        )}
        {problem && !clash && <ProblemAlert error={problem} />}
        {clash && free.isFetched && !draft.recurrence && (
          <Text size="sm" c="var(--status-bad)" role="alert">
            {t("dialog.takenMeanwhile")}
          </Text>
        )}
        {clash && draft.recurrence && <ProblemAlert error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={refused || pending || !bodyOf(draft, zone)}>
            {t(`dialog.verbs.${verb}`)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Says what is true now, and offers to take it back. */
function tell(done: BookingAnswer, after: () => void) {
  const names = done.environments.map((e) => e.name).join(", ");
  const count = done.series?.bookings.length ?? 1;
  const message =
    count > 1
      ? t("done.series", { count, title: done.title, environments: names })
      : t(`done.${done.status === "approved" || done.status === "waiting" ? done.status : "requested"}`, {
          reference: done.reference,
          environments: names,
          span: spanWords(done.from, done.to),
        });
  const all = done.series?.bookings ?? [done];
  tellWithUndo(message, after, async () => {
    for (const b of all)
      await ok(api.POST("/api/v1/bookings/{id}/cancel", { params: { path: { id: b.id } }, body: {} }));
    return t("done.undone", { count: all.length, reference: done.reference });
  });
}
