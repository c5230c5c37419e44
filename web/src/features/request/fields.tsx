import { Group, SegmentedControl, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { personPicker, teamPicker, useUnits } from "@/api/lookups";
import { RemotePicker } from "@/components/RemotePicker";
import { TreeSelect } from "@/components/TreeSelect";
import { fromMinute, minuteOf } from "@/lib/day";
import { type Head, type Kind, useTypes } from "./queries";
import { t } from "./text";

export type Party = { kind: "person" | "team"; id: string };

/** To whom a request is assigned: a person, a team or nobody. */
export function AssigneeField({
  value,
  onChange,
  error,
}: {
  value: Party | null;
  onChange: (party: Party | null) => void;
  error?: string;
}) {
  const [kind, setKind] = useState<"person" | "team">(value?.kind ?? "person");
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600} component="span">
        {t("assignee")}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <SegmentedControl
          aria-label={t("assignee")}
          value={kind}
          onChange={(v) => {
            setKind(v as "person" | "team");
            onChange(null);
          }}
          data={[
            { value: "person", label: t("person") },
            { value: "team", label: t("team") },
          ]}
        />
        <RemotePicker
          key={kind}
          style={{ flex: 1 }}
          aria-label={t("assigneeName")}
          placeholder={t("nobody")}
          clearable
          error={error}
          source={kind === "team" ? teamPicker : personPicker}
          value={value?.id ?? null}
          onChange={(id) => onChange(id ? { kind, id } : null)}
        />
      </Group>
    </Stack>
  );
}

/** What forms of both sorts of requests hold. */
export type HeadValues = {
  title: string;
  description: string;
  type: string;
  unitId: string;
  release: string;
  phase: string;
  from: string;
  to: string;
  assignee: Party | null;
};

export function startHead(now = Date.now()): HeadValues {
  const hour = 3_600_000;
  const from = Math.ceil(now / hour) * hour + 24 * hour;
  return {
    title: "",
    description: "",
    type: "",
    unitId: "",
    release: "",
    phase: "",
    from: minuteOf(new Date(from).toISOString()),
    to: minuteOf(new Date(from + 8 * hour).toISOString()),
    assignee: null,
  };
}

export const readHead = (r: Head): HeadValues => ({
  title: r.title,
  description: r.description ?? "",
  type: r.typeId,
  unitId: r.unitId,
  release: r.release ?? "",
  phase: r.phase ?? "",
  from: minuteOf(r.from),
  to: minuteOf(r.to),
  assignee: r.assignee ? { kind: r.assignee.kind, id: r.assignee.id } : null,
});

/** What the server takes of them; undefined while something is missing. */
export function headBody(v: HeadValues) {
  const from = fromMinute(v.from);
  const to = fromMinute(v.to);
  if (!v.title.trim() || !from || !to || from >= to) return undefined;
  return {
    title: v.title.trim(),
    description: v.description.trim(),
    type: v.type || undefined,
    unitId: v.unitId || undefined,
    release: v.release.trim(),
    phase: v.phase.trim(),
    from,
    to,
  };
}

export function HeadFields<V extends HeadValues & Record<string, unknown>>({
  kind,
  form,
  bench,
}: {
  kind: Kind;
  form: UseFormReturnType<V>;
  bench?: string;
}) {
  const v = form.getValues() as HeadValues;
  const types = useTypes(kind);
  const { data: units = [] } = useUnits();
  const standard = types.data?.find((x) => (bench ? x.defaultForBench : x.default));
  const put = (name: keyof HeadValues, value: unknown) => form.setFieldValue(name as never, value as never);
  const text = (name: keyof HeadValues) => form.getInputProps(name as never);
  return (
    <>
      <TextInput
        label={t("titleField")}
        required
        maxLength={200}
        data-autofocus
        autoComplete="off"
        {...text("title")}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <Select
          label={t("type")}
          allowDeselect={false}
          data={(types.data ?? []).map((x) => ({ value: x.id, label: x.name }))}
          value={v.type || standard?.id || null}
          error={form.errors.type}
          onChange={(id) => put("type", id ?? "")}
        />
        <TreeSelect
          label={t("unit")}
          placeholder={t("unitAuto")}
          clearable
          clearButtonProps={{ "aria-label": t("unitAuto") }}
          items={units.map((u) => ({ id: u.id, name: u.name, depth: u.depth }))}
          value={v.unitId || null}
          error={form.errors.unitId}
          onChange={(id) => put("unitId", id ?? "")}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <TextInput
          type="datetime-local"
          label={t("from")}
          required
          value={v.from}
          error={form.errors.from}
          onChange={(e) => {
            const next = e.currentTarget.value;
            // The end goes along, so that the length stays.
            const length = Date.parse(v.to) - Date.parse(v.from);
            put("from", next);
            const at = Date.parse(next);
            if (!Number.isNaN(at) && length > 0) put("to", minuteOf(new Date(at + length).toISOString()));
          }}
        />
        <TextInput
          type="datetime-local"
          label={t("to")}
          required
          value={v.to}
          error={form.errors.to ?? (v.from && v.to && v.to <= v.from ? t("endBeforeStart") : undefined)}
          onChange={(e) => put("to", e.currentTarget.value)}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <TextInput label={t("release")} maxLength={200} {...text("release")} disabled={Boolean(bench)} />
        <TextInput label={t("phase")} maxLength={200} {...text("phase")} />
      </SimpleGrid>
      <AssigneeField
        value={v.assignee}
        onChange={(party) => put("assignee", party)}
        error={form.errors.assignee as string | undefined}
      />
      <Textarea
        label={t("description")}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={10_000}
        {...text("description")}
      />
    </>
  );
}
