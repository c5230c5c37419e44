import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Modal,
  Select,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { environmentPicker, groupPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { ManyPicker } from "@/components/ManyPicker";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { fromMinute, minuteOf } from "@/lib/day";
import { HeadFields, type HeadValues, headBody, readHead, startHead } from "./fields";
import { Consequences } from "./Marks";
import { type BookingRequest, type Line, useRefresh } from "./queries";
import classes from "./request.module.css";
import { type LineDraft, lineReady } from "./rules";
import { t } from "./text";

type Values = HeadValues & { lines: LineDraft[]; submit: boolean };
type NewLine = Schema<"RequestNewLine">;
const intents = ["touch", "change_configuration", "change_code"] as const;

let made = 0;
const freshLine = (): LineDraft => {
  made++;
  return {
    key: `new-${made}`,
    title: "",
    by: "environments",
    environments: [],
    group: "",
    intent: "touch",
    onClash: "",
    ownTimes: false,
    from: "",
    to: "",
  };
};

function readLine(l: Line): LineDraft {
  return {
    key: l.id,
    id: l.id,
    title: l.title ?? "",
    by: l.group ? "group" : "environments",
    environments: l.environments.map((e) => e.id),
    group: l.group?.id ?? "",
    intent: l.intent,
    onClash: l.onClash ?? "",
    ownTimes: l.ownTimes,
    from: minuteOf(l.from),
    to: minuteOf(l.to),
    kept: l.capability || l.slot ? l : undefined,
  };
}

function lineBody(l: LineDraft): NewLine {
  const kept = l.kept as Line | undefined;
  return {
    id: l.id,
    title: l.title.trim() || undefined,
    intent: l.intent,
    onClash: l.onClash || undefined,
    capability: kept?.capability,
    slot: kept?.slot?.id,
    day: kept?.slot ? minuteOf(kept.from).slice(0, 10) : undefined,
    environments: !kept?.capability && l.by === "environments" ? l.environments : undefined,
    group: !kept?.capability && l.by === "group" ? l.group : undefined,
    from: l.ownTimes && !kept?.slot ? fromMinute(l.from) : undefined,
    to: l.ownTimes && !kept?.slot ? fromMinute(l.to) : undefined,
  };
}

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
  const refresh = useRefresh("booking_request");
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const [base] = useState<Values>(() =>
    r
      ? { ...readHead(r), lines: r.lines.map(readLine), submit: false }
      : { ...startHead(), lines: [freshLine()], submit: true },
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
  const newBody = body && { ...body, assignee: v.assignee ?? undefined, submit: v.submit };
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
      submit: t("form.submit"),
    },
    read: (record) => {
      const other = record as BookingRequest;
      return { ...readHead(other), lines: other.lines.map(readLine), submit: false };
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
          {problem && <ProblemAlert error={problem} />}
          <HeadFields kind="booking_request" form={form} />
          <Group justify="space-between" mt="xs">
            <Title order={3}>{t("lines.title")}</Title>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlus size={14} />}
              onClick={() => form.setFieldValue("lines", [...v.lines, freshLine()])}
            >
              {t("lines.add")}
            </Button>
          </Group>
          {v.lines.map((l, i) => (
            <fieldset key={l.key} className={classes.card} aria-label={t("lines.one", { at: i + 1 })}>
              <Stack gap="sm">
                <Group gap="xs" wrap="nowrap" align="flex-end">
                  <Select
                    style={{ flex: 1 }}
                    label={t("lines.by")}
                    allowDeselect={false}
                    disabled={Boolean(l.kept)}
                    data={(["environments", "group"] as const).map((b) => ({ value: b, label: t(`lines.bys.${b}`) }))}
                    value={l.by}
                    onChange={(by) => by && change(l.key, { by: by as LineDraft["by"] })}
                  />
                  <Select
                    style={{ flex: 1 }}
                    label={t("lines.intent")}
                    allowDeselect={false}
                    data={intents.map((x) => ({ value: x, label: t(`intents.${x}`) }))}
                    value={l.intent}
                    onChange={(x) => x && change(l.key, { intent: x as LineDraft["intent"] })}
                  />
                  <ActionIcon
                    aria-label={t("lines.remove", { at: i + 1 })}
                    onClick={() =>
                      form.setFieldValue(
                        "lines",
                        v.lines.filter((x) => x.key !== l.key),
                      )
                    }
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
                {l.kept ? (
                  <Text size="sm" c="dimmed">
                    {t("lines.kept")}
                  </Text>
                ) : l.by === "environments" ? (
                  <ManyPicker
                    label={t("lines.environments")}
                    source={environmentPicker}
                    names={names}
                    value={l.environments}
                    onChange={(environments) => change(l.key, { environments })}
                  />
                ) : (
                  <RemotePicker
                    label={t("group")}
                    source={groupPicker}
                    value={l.group || null}
                    onChange={(group) => change(l.key, { group: group ?? "" })}
                  />
                )}
                <Group grow align="flex-end">
                  <Select
                    label={t("lines.onClash")}
                    clearable
                    clearButtonProps={{ "aria-label": t("lines.byPolicy") }}
                    placeholder={t("lines.byPolicy")}
                    data={(["refuse", "wait"] as const).map((x) => ({ value: x, label: t(`lines.clash.${x}`) }))}
                    value={l.onClash || null}
                    onChange={(x) => change(l.key, { onClash: (x ?? "") as LineDraft["onClash"] })}
                  />
                  {!l.kept && (
                    <Switch
                      label={t("lines.ownTimes")}
                      checked={l.ownTimes}
                      onChange={(e) =>
                        change(l.key, {
                          ownTimes: e.currentTarget.checked,
                          from: l.from || v.from,
                          to: l.to || v.to,
                        })
                      }
                    />
                  )}
                </Group>
                {l.ownTimes && !l.kept && (
                  <Group grow>
                    <TextInput
                      type="datetime-local"
                      label={t("from")}
                      value={l.from}
                      onChange={(e) => change(l.key, { from: e.currentTarget.value })}
                    />
                    <TextInput
                      type="datetime-local"
                      label={t("to")}
                      value={l.to}
                      error={l.from && l.to && l.to <= l.from ? t("endBeforeStart") : undefined}
                      onChange={(e) => change(l.key, { to: e.currentTarget.value })}
                    />
                  </Group>
                )}
              </Stack>
            </fieldset>
          ))}
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

/** What saving would do, as the server foresees it. */
export function DryRun({
  show,
  loading,
  error,
  consequences,
}: {
  show: boolean;
  loading: boolean;
  error: unknown;
  consequences: BookingRequest["consequences"] | undefined;
}) {
  return (
    <div aria-live="polite">
      {!show ? null : loading ? (
        <Skeleton h={56} />
      ) : error ? (
        asProblem(error).code === "stale" ? null : (
          <ProblemAlert error={error} title={t("form.wouldFail")} />
        )
      ) : (
        <Alert variant="default" title={t("form.consequences")}>
          {consequences?.length ? <Consequences items={consequences} /> : t("form.nothing")}
        </Alert>
      )}
    </div>
  );
}
