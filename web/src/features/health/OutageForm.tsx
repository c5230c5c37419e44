import { Button, Group, Modal, SegmentedControl, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { fromMinute, minuteOf } from "@/lib/day";
import { localTime, parseTime } from "@/lib/time";
import { type Outage, outageAddress, outageKinds, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  environment: string | null;
  kind: Outage["kind"];
  title: string;
  startedAt: string;
  detectedAt: string;
  endedAt: string;
  expectedEndAt: string;
  description: string;
}

const valuesOf = (o: Outage): Values => ({
  environment: o.environmentId,
  kind: o.kind,
  title: o.title,
  startedAt: minuteOf(o.startedAt),
  detectedAt: minuteOf(o.detectedAt),
  endedAt: minuteOf(o.endedAt),
  expectedEndAt: minuteOf(o.expectedEndAt),
  description: o.description ?? "",
});

/** Marks everything old that an outage shows in. */
export function useOutageRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all(
      ["outage", "health", "environment"].map((kind) => client.invalidateQueries({ queryKey: keys.all(kind) })),
    );
}

/** Records an outage by hand, or edits one. */
export function OutageForm({
  outage,
  environment,
  onClose,
}: {
  outage?: Outage;
  environment?: { id: string; name: string };
  onClose: () => void;
}) {
  const refresh = useOutageRefresh();
  const navigate = useNavigate();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: outage
      ? valuesOf(outage)
      : {
          environment: environment?.id ?? null,
          kind: "unplanned",
          title: "",
          startedAt: minuteOf(new Date().toISOString()),
          detectedAt: "",
          endedAt: "",
          expectedEndAt: "",
          description: "",
        },
    validate: {
      environment: (v) => (v ? null : t("needEnvironment")),
      title: (v) => (v.trim() ? null : t("needTitle")),
      startedAt: (v) => (v ? null : t("needStart")),
    },
  });
  // Only what was changed travels, so that the seconds of the other moments stay.
  const base = outage && valuesOf(outage);
  const moment = (v: Values, field: "startedAt" | "detectedAt" | "endedAt" | "expectedEndAt") =>
    base && v[field] === base[field] ? {} : { [field]: fromMinute(v[field]) ?? null };
  const stale = useStaleSave<Values>({
    name: outage?.title ?? "",
    labels: {
      environment: t("environment"),
      kind: t("outage.kind"),
      title: t("outage.title"),
      startedAt: t("outage.began"),
      detectedAt: t("outage.detected"),
      endedAt: t("outage.endedAt"),
      expectedEndAt: t("outage.expected"),
      description: t("description"),
    },
    read: (o: Outage) => valuesOf(o),
    show: (field, value) =>
      field === "kind"
        ? t(`kinds.${value as Outage["kind"]}`)
        : field === "environment"
          ? (outage?.environmentName ?? "")
          : /At$/.test(field)
            ? value
              ? localTime(parseTime(String(value)) ?? new Date())
              : "—"
            : String(value ?? ""),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/outages/{id}", {
          params: { path: { id: outage?.id ?? "" }, ...version(based) },
          body: {
            kind: v.kind,
            title: v.title,
            description: v.description,
            ...moment(v, "startedAt"),
            ...moment(v, "detectedAt"),
            ...moment(v, "endedAt"),
            ...moment(v, "expectedEndAt"),
          },
        }),
      ),
  });
  const submit = async () => {
    let kept = true;
    let made: string | undefined;
    const done = await send(async (v) => {
      if (base && outage) {
        kept = await stale.save(base, v, outage.version);
        return;
      }
      const o = await ok(
        api.POST("/api/v1/outages", {
          body: {
            environment: v.environment ?? "",
            kind: v.kind,
            title: v.title,
            description: v.description || undefined,
            startedAt: fromMinute(v.startedAt),
            endedAt: fromMinute(v.endedAt),
            expectedEndAt: fromMinute(v.expectedEndAt),
          },
        }),
      );
      made = o.id;
    });
    if (!done) return;
    await refresh();
    if (kept) notifications.show({ message: t("outage.saved", { title: form.values.title }) });
    onClose();
    if (made) await navigate({ to: outageAddress(made) });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={outage ? t("outage.editTitle", { title: outage.title }) : t("outages.record")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          {!outage && !environment && (
            <RemotePicker
              label={t("environment")}
              source={environmentPicker}
              value={form.values.environment}
              error={form.errors.environment}
              onChange={(v) => form.setFieldValue("environment", v)}
              data-autofocus
            />
          )}
          <SegmentedControl
            aria-label={t("outage.kind")}
            value={form.values.kind}
            onChange={(v) => form.setFieldValue("kind", v as Outage["kind"])}
            data={outageKinds.map((k) => ({ value: k, label: t(`kinds.${k}`) }))}
          />
          <TextInput
            label={t("outage.title")}
            description={t("outage.titleAbout")}
            data-autofocus={outage || environment ? true : undefined}
            autoComplete="off"
            maxLength={300}
            {...form.getInputProps("title")}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput type="datetime-local" label={t("outage.began")} {...form.getInputProps("startedAt")} />
            {outage && (
              <TextInput type="datetime-local" label={t("outage.detected")} {...form.getInputProps("detectedAt")} />
            )}
            <TextInput type="datetime-local" label={t("outage.expected")} {...form.getInputProps("expectedEndAt")} />
            <TextInput
              type="datetime-local"
              label={t("outage.endedAt")}
              description={t("outage.endedAbout")}
              {...form.getInputProps("endedAt")}
            />
          </SimpleGrid>
          <Textarea label={t("description")} {...form.getInputProps("description")} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {outage ? t("save") : t("outages.record")}
            </Button>
          </Group>
        </Stack>
        {stale.dialog}
      </form>
    </Modal>
  );
}
