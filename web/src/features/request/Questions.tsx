import { Button, Group, Modal, Select, Skeleton, Stack, Switch, TextInput, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { applicationPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useProblemForm } from "@/components/useProblemForm";
import { useQuestions, useUsages } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

type Question = Schema<"RequestQuestion">;

/** What requests are asked, for all environments or for some. */
export function Questions() {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Question | "new">();
  const [leaving, setLeaving] = useState<Question>();
  const query = useQuestions();
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
  useFocusBack();
  const usages = useUsages();
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
            data={usages.data ?? []}
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
