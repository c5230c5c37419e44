import { Button, Group, Modal, Stack, Switch, Title } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { DryRun } from "./DryRun";
import { HeadFields, type HeadValues, headBody, readHead, startHead } from "./fields";
import { LineFields } from "./LineFields";
import { faultsOf, freshLine, type LineDraft, lineBody, lineReady, readLine } from "./lineDraft";
import { QuestionFields } from "./QuestionFields";
import { type BookingRequest, useQuestions, useRefresh } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

type Values = HeadValues & { lines: LineDraft[]; answers: Record<string, string>; submit: boolean };

const fresh = (): Values => {
  const head = startHead();
  return { ...head, lines: [freshLine(head.from)], answers: {}, submit: true };
};

/** Asks for environments, or changes what was asked; the server says what becomes of its bookings before it is saved. */
export function BookingRequestForm({
  request: r,
  onClose,
  onSaved,
}: {
  request?: BookingRequest;
  onClose: () => void;
  onSaved?: (r: BookingRequest) => void;
}) {
  useFocusBack();
  const refresh = useRefresh("booking_request");
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const [base] = useState<Values>(() =>
    r ? { ...readHead(r), lines: r.lines.map(readLine), answers: {}, submit: false } : fresh(),
  );
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const v = form.getValues();
  const names = Object.fromEntries(
    r?.lines.flatMap((l) => [
      ...l.environments.map((e) => [e.id, e.name]),
      ...(l.group ? [[l.group.id, l.group.name]] : []),
    ]) ?? [],
  );
  const bodyOf = (values: Values) => {
    const head = headBody(values);
    if (!head || !values.lines.every(lineReady)) return undefined;
    return { ...head, lines: values.lines.map(lineBody) };
  };
  const body = bodyOf(v);
  const put = (values: Values, version: number, dryRun = false) =>
    ok(
      api.PATCH("/api/v1/booking-requests/{id}", {
        params: { path: { id: r?.id ?? "" }, query: { dryRun }, header: { "If-Match": ifMatch(version) } },
        body: { ...bodyOf(values), assignee: values.assignee },
      }),
    );
  const answers = Object.fromEntries(Object.entries(v.answers).filter(([, a]) => a.trim() !== ""));
  const newBody = body && { ...body, answers, assignee: v.assignee ?? undefined, submit: v.submit };
  const [asked] = useDebouncedValue(JSON.stringify(newBody ?? null), 600);
  const dry = useQuery({
    queryKey: ["consequences", "booking_request", r?.id ?? "new", asked],
    queryFn: () =>
      r
        ? put(v, r.version, true)
        : ok(api.POST("/api/v1/booking-requests", { params: { query: { dryRun: true } }, body: JSON.parse(asked) })),
    enabled: asked !== "null",
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const met = problem ?? dry.error;
  const faults = faultsOf(met);
  const questions = useAskedQuestions(dry.data?.answers, faults.answers);
  const stale = useStaleSave<Values>({
    name: r?.reference ?? "",
    labels: {
      title: t("titleField"),
      description: t("description"),
      type: t("type"),
      unitId: t("unit"),
      release: t("release"),
      phase: t("phase"),
      from: t("from"),
      to: t("to"),
      assignee: t("assignee"),
      lines: t("lines.title"),
      answers: t("answers.title"),
      submit: t("form.submit"),
    },
    read: (record) => {
      const other = record as BookingRequest;
      return { ...readHead(other), lines: other.lines.map(readLine), answers: {}, submit: false };
    },
    put: (values, version) => put(values, version),
    show: (field, value) =>
      field === "lines"
        ? t("lines.count", { count: (value as LineDraft[]).length })
        : typeof value === "object" && value !== null
          ? JSON.stringify(value)
          : undefined,
  });
  const save = async () => {
    let saved: BookingRequest | undefined;
    let done = true;
    const sent = await send(async (values) => {
      if (r) done = await stale.save(base, values, r.version);
      else if (newBody) saved = await ok(api.POST("/api/v1/booking-requests", { body: newBody }));
      await refresh();
    });
    if (!sent || !done) return;
    notifications.show({ message: t("kinds.booking_request.saved") });
    onClose();
    if (saved) onSaved?.(saved);
  };
  const change = (key: string, patch: Partial<LineDraft>) =>
    form.setFieldValue(
      "lines",
      v.lines.map((l) => (l.key === key ? { ...l, ...patch } : l)),
    );
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      closeOnClickOutside={!form.isDirty()}
      fullScreen={phone}
      title={r ? t("kinds.booking_request.edit") : t("kinds.booking_request.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          {problem && !dry.error && <ProblemAlert error={problem} />}
          <HeadFields kind="booking_request" form={form} />
          <Group justify="space-between" mt="xs">
            <Title order={3}>{t("lines.title")}</Title>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlus size={14} />}
              onClick={() => form.setFieldValue("lines", [...v.lines, freshLine(v.from, v.lines.at(-1)?.slot)])}
            >
              {t("lines.add")}
            </Button>
          </Group>
          {v.lines.map((l, i) => (
            <LineFields
              key={l.key}
              line={l}
              at={i + 1}
              start={v}
              names={names}
              faults={faults.lines.get(i) ?? []}
              onChange={(patch) => change(l.key, patch)}
              onRemove={
                v.lines.length > 1 || r
                  ? () =>
                      form.setFieldValue(
                        "lines",
                        v.lines.filter((x) => x.key !== l.key),
                      )
                  : undefined
              }
            />
          ))}
          {!r && questions.length > 0 && (
            <section aria-label={t("answers.title")}>
              <Title order={3} my="xs">
                {t("answers.title")}
              </Title>
              <QuestionFields
                questions={questions}
                answers={v.answers}
                faults={faults.answers}
                onChange={(id, answer) => form.setFieldValue("answers", { ...form.getValues().answers, [id]: answer })}
              />
            </section>
          )}
          {!r && (
            <Switch
              label={t("form.submit")}
              description={t("form.submitAbout")}
              checked={v.submit}
              onChange={(e) => form.setFieldValue("submit", e.currentTarget.checked)}
            />
          )}
          <DryRun
            show={Boolean(body) && asked !== "null"}
            loading={dry.isPending}
            error={dry.error}
            consequences={dry.data?.consequences}
            besides={(path) => /^body\.(lines\[|answers\.)/.test(path)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!body}>
              {r ? t("save") : v.submit ? t("form.ask") : t("form.draft")}
            </Button>
          </Group>
        </Stack>
      </form>
      {stale.dialog}
    </Modal>
  );
}

/**
 * The questions that are asked: those without a condition at once, the others as soon as the server knows which
 * environments are wanted. A refusal names those that must be answered, too.
 */
function useAskedQuestions(answered: { id: string }[] | undefined, faults: Record<string, string>) {
  const all = useQuestions();
  const [known, setKnown] = useState<string[]>([]);
  const told = [...(answered?.map((a) => a.id) ?? []), ...Object.keys(faults)].join();
  useEffect(() => {
    if (told) setKnown((before) => (answered ? told.split(",") : [...before, ...told.split(",")]));
  }, [told, answered]);
  return (all.data ?? []).filter((q) => (!q.usageId && !q.applicationId) || known.includes(q.id));
}
