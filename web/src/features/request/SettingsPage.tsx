import {
  Button,
  Checkbox,
  Group,
  Modal,
  Radio,
  Select,
  Skeleton,
  Stack,
  Switch,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { applicationPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useProblemForm } from "@/components/useProblemForm";
import { ZoneSelect } from "@/components/ZoneSelect";
import { zoneName } from "@/lib/time";
import { t } from "./text";

type Policy = Schema<"RequestPolicy">;
type Slot = Schema<"RequestSlot">;
type Question = Schema<"RequestQuestion">;
const needs = ["description", "assignee", "release", "phase"] as const;

/** What booking requests need, the time slots they choose from and the questions they are asked. */
export function SettingsPage() {
  const policy = useQuery({
    queryKey: keys.one("request_policy", "request_policy"),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/request-policy", { signal })),
    refetchOnWindowFocus: false,
  });
  return (
    <Stack gap="xl" py="md" maw={860}>
      {policy.isPending ? (
        <Skeleton h={200} aria-busy />
      ) : policy.isError ? (
        <ProblemAlert error={policy.error} onRetry={() => void policy.refetch()} />
      ) : (
        <PolicyForm key={policy.data.version} policy={policy.data} />
      )}
      <Slots />
      <Questions />
    </Stack>
  );
}

function PolicyForm({ policy }: { policy: Policy }) {
  const client = useQueryClient();
  const { version, ...values } = policy;
  const { form, problem, busy, send } = useProblemForm({ initialValues: values });
  const save = () =>
    send(async (v) => {
      await ok(api.PUT("/api/v1/request-policy", { params: { header: { "If-Match": ifMatch(version) } }, body: v }));
      await client.invalidateQueries({ queryKey: keys.all("request_policy") });
      notifications.show({ message: t("policy.saved") });
    });
  return (
    <form
      aria-label={t("policy.title")}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Title order={2} mb="xs">
        {t("policy.title")}
      </Title>
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <Checkbox.Group label={t("policy.mandatory")} {...form.getInputProps("mandatory")}>
          <Group gap="md" mt={6}>
            {needs.map((n) => (
              <Checkbox key={n} value={n} label={t(n)} />
            ))}
          </Group>
        </Checkbox.Group>
        {(["insideWindow", "noPastStart", "slotsOnly"] as const).map((n) => (
          <Switch key={n} label={t(`policy.${n}`)} {...form.getInputProps(n, { type: "checkbox" })} />
        ))}
        <Radio.Group label={t("policy.announce")} {...form.getInputProps("announceOutages")}>
          <Group gap="md" mt={6}>
            {(["created", "scheduled"] as const).map((x) => (
              <Radio key={x} value={x} label={t(`policy.announced.${x}`)} />
            ))}
          </Group>
        </Radio.Group>
        <Group>
          <Button type="submit" loading={busy} disabled={!form.isDirty()}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Slots() {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Slot | "new">();
  const [leaving, setLeaving] = useState<Slot>();
  const query = useQuery({
    queryKey: keys.list("booking_time_slot"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/booking-time-slots", { signal }))).items,
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("booking_time_slot") });
  return (
    <section aria-label={t("slots.title")}>
      <Title order={2}>{t("slots.title")}</Title>
      {query.isPending ? (
        <Skeleton h={80} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <PartTable
          label={t("slots.title")}
          add={t("slots.add")}
          onAdd={() => setEditing("new")}
          empty={query.data.length === 0}
          title={t("slots.emptyTitle")}
          body={t("slots.emptyBody")}
          head={[t("name"), t("time"), t("zone")]}
          rows={query.data.map((s) => ({
            id: s.id,
            name: s.name,
            cells: [s.name, `${s.from} – ${s.to}`, s.zone],
            onEdit: () => setEditing(s),
            onRemove: () => setLeaving(s),
          }))}
        />
      )}
      {editing && (
        <SlotForm
          slot={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={refresh}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("remove", { name: leaving?.name })}
        body={t("slots.removeBody")}
        verb={t("delete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/booking-time-slots/{id}", {
              params: { path: { id: leaving?.id ?? "" }, header: { "If-Match": ifMatch(leaving?.version ?? 0) } },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function SlotForm({ slot, onClose, onSaved }: { slot?: Slot; onClose: () => void; onSaved: () => Promise<unknown> }) {
  const { form, problem, busy, send } = useProblemForm({
    initialValues: {
      name: slot?.name ?? "",
      from: slot?.from ?? "08:00",
      to: slot?.to ?? "12:00",
      zone: slot?.zone ?? zoneName(),
    },
  });
  const save = async () => {
    const saved = await send(async (v) => {
      const body = { ...v, name: v.name.trim() };
      if (slot)
        await ok(
          api.PATCH("/api/v1/booking-time-slots/{id}", {
            params: { path: { id: slot.id }, header: { "If-Match": ifMatch(slot.version) } },
            body,
          }),
        );
      else await ok(api.POST("/api/v1/booking-time-slots", { body }));
      await onSaved();
    });
    if (saved) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={slot ? t("slots.edit") : t("slots.add")}
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
          <TextInput label={t("name")} required maxLength={100} data-autofocus {...form.getInputProps("name")} />
          <Group grow align="flex-start">
            <TextInput type="time" label={t("from")} required {...form.getInputProps("from")} />
            <TextInput
              type="time"
              label={t("to")}
              description={t("slots.toAbout")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              required
              {...form.getInputProps("to")}
            />
          </Group>
          <ZoneSelect
            label={t("zone")}
            allowDeselect={false}
            value={form.getValues().zone}
            error={form.errors.zone}
            onChange={(z) => z && form.setFieldValue("zone", z)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!form.getValues().name.trim()}>
              {slot ? t("save") : t("slots.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Questions() {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Question | "new">();
  const [leaving, setLeaving] = useState<Question>();
  const query = useQuery({
    queryKey: keys.list("booking_request_question"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/booking-request-questions", { signal }))).items,
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("booking_request_question") });
  return (
    <section aria-label={t("questions.title")}>
      <Title order={2}>{t("questions.title")}</Title>
      {query.isPending ? (
        <Skeleton h={80} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <PartTable
          label={t("questions.title")}
          add={t("questions.add")}
          onAdd={() => setEditing("new")}
          empty={query.data.length === 0}
          title={t("questions.emptyTitle")}
          body={t("questions.emptyBody")}
          head={[t("questions.text"), t("questions.kind"), t("questions.required")]}
          rows={query.data.map((q) => ({
            id: q.id,
            name: q.text,
            cells: [q.text, t(`questions.kinds.${q.kind}`), q.required ? t("yes") : t("no")],
            onEdit: () => setEditing(q),
            onRemove: () => setLeaving(q),
          }))}
        />
      )}
      {editing && (
        <QuestionForm
          question={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={refresh}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("remove", { name: leaving?.text })}
        body={t("questions.removeBody")}
        verb={t("delete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/booking-request-questions/{id}", {
              params: { path: { id: leaving?.id ?? "" }, header: { "If-Match": ifMatch(leaving?.version ?? 0) } },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function QuestionForm({
  question: q,
  onClose,
  onSaved,
}: {
  question?: Question;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const usages = useQuery({
    queryKey: keys.one("lookup_list", "environment_usage"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/lookups/{list}", { params: { path: { list: "environment_usage" } }, signal })),
    retry: false,
  });
  const { form, problem, busy, send } = useProblemForm({
    initialValues: {
      text: q?.text ?? "",
      kind: (q?.kind ?? "yes_no") as Question["kind"],
      required: q?.required ?? false,
      application: q?.applicationId ?? "",
      usage: q?.usageId ?? "",
    },
  });
  const v = form.getValues();
  const save = async () => {
    const saved = await send(async ({ kind, ...rest }) => {
      const body = { ...rest, text: rest.text.trim() };
      if (q)
        await ok(
          api.PATCH("/api/v1/booking-request-questions/{id}", {
            params: { path: { id: q.id }, header: { "If-Match": ifMatch(q.version) } },
            body,
          }),
        );
      else
        await ok(
          api.POST("/api/v1/booking-request-questions", {
            body: { ...body, kind, application: body.application || undefined, usage: body.usage || undefined },
          }),
        );
      await onSaved();
    });
    if (saved) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={q ? t("questions.edit") : t("questions.add")}
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
          <TextInput
            label={t("questions.text")}
            required
            maxLength={500}
            data-autofocus
            {...form.getInputProps("text")}
          />
          <Select
            label={t("questions.kind")}
            allowDeselect={false}
            disabled={Boolean(q)}
            data={(["yes_no", "text"] as const).map((k) => ({ value: k, label: t(`questions.kinds.${k}`) }))}
            value={v.kind}
            onChange={(k) => k && form.setFieldValue("kind", k as Question["kind"])}
          />
          <Switch label={t("questions.requiredAbout")} {...form.getInputProps("required", { type: "checkbox" })} />
          <RemotePicker
            label={t("questions.application")}
            clearable
            source={applicationPicker}
            value={v.application || null}
            error={form.errors.application}
            onChange={(id) => form.setFieldValue("application", id ?? "")}
          />
          <Select
            label={t("questions.usage")}
            clearable
            clearButtonProps={{ "aria-label": t("questions.anyUsage") }}
            data={(usages.data?.values ?? []).filter((x) => x.active).map((x) => ({ value: x.id, label: x.name }))}
            value={v.usage || null}
            error={form.errors.usage}
            onChange={(id) => form.setFieldValue("usage", id ?? "")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!v.text.trim()}>
              {q ? t("save") : t("questions.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
