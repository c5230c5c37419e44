import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { personPicker, teamPicker, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ManyPicker } from "@/components/ManyPicker";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { FieldInput, useListValues } from "./FieldInput";
import { type Field, listsQuery, subjectsQuery } from "./queries";
import { t } from "./text";
import { type DataType, dataTypes, toInput, toServer } from "./values";

type Rule = Schema<"FieldAccessRule">;
const accesses = ["edit", "view", "hide"] as const;
type Access = (typeof accesses)[number];
const parties = ["role", "team", "unit", "person"] as const;

interface Values extends Record<string, unknown> {
  name: string;
  dataType: DataType;
  list: string;
  type: string;
  group: string;
  measure: string;
  description: string;
  mandatory: string;
  fromStatus: string;
  access: string;
  accessRules: Rule[];
  default: unknown;
}

const read = (f: Field): Values => ({
  name: f.name,
  dataType: f.dataType as DataType,
  list: f.list ?? "",
  type: f.type ?? "",
  group: f.group ?? "",
  measure: f.measure ?? "",
  description: f.description ?? "",
  mandatory: f.mandatory,
  fromStatus: f.fromStatus ?? "",
  access: f.access,
  accessRules: f.accessRules,
  default: toInput(f.dataType as DataType, f.default ?? null),
});

const fresh: Values = {
  name: "",
  dataType: "text",
  list: "",
  type: "",
  group: "",
  measure: "",
  description: "",
  mandatory: "never",
  fromStatus: "",
  access: "edit",
  accessRules: [],
  default: null,
};

/** Defines a field of the organisation's own, or changes one. What kind of value it holds stands once it is made. */
export function DefinitionForm({
  subject,
  field,
  onClose,
  onSaved,
}: {
  subject: string;
  field?: Field;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const [base] = useState<Values>(() => (field ? read(field) : fresh));
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const v = form.getValues();
  const lists = useQuery(listsQuery);
  const subjects = useQuery(subjectsQuery);
  const typeList = subjects.data?.find((s) => s.kind === subject)?.typeList;
  const types = useListValues(typeList);
  const statuses = useQuery({
    queryKey: keys.list("workflow_status", { subject }),
    queryFn: async ({ signal }) =>
      (await ok(api.GET("/api/v1/workflow-statuses", { params: { query: { subject } }, signal }))).items,
    enabled: v.mandatory === "from_status",
    retry: false,
  });
  const drawsOnList = v.dataType === "list" || v.dataType === "multi_list";
  const shared = (x: Values) => ({
    name: x.name.trim(),
    group: x.group.trim(),
    measure: x.measure.trim(),
    description: x.description.trim(),
    mandatory: x.mandatory,
    fromStatus: x.mandatory === "from_status" ? x.fromStatus : "",
    access: x.access,
    accessRules: x.accessRules,
    default: toServer(x.dataType, x.default),
  });
  const stale = useStaleSave<Values>({
    name: field?.name ?? "",
    labels: {
      name: t("name"),
      dataType: t("define.dataType"),
      list: t("define.list"),
      type: t("define.type"),
      group: t("define.group"),
      measure: t("define.measure"),
      description: t("define.description"),
      mandatory: t("define.mandatory"),
      fromStatus: t("define.fromStatusLabel"),
      access: t("define.access"),
      accessRules: t("define.rules"),
      default: t("define.default"),
    },
    read: (record) => read(record as Field),
    put: (x, version) =>
      ok(
        api.PATCH("/api/v1/custom-fields/{id}", {
          params: { path: { id: field?.id ?? "" }, header: { "If-Match": ifMatch(version) } },
          body: { ...shared(x), type: x.type } as Schema<"FieldChange">,
        }),
      ),
    show: (_, value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : undefined),
  });
  const save = async () => {
    let done = true;
    const saved = await send(async (x) => {
      if (field) done = await stale.save(base, x, field.version);
      else
        await ok(
          api.POST("/api/v1/custom-fields", {
            body: {
              ...(shared(x) as object),
              subject,
              dataType: x.dataType,
              list: drawsOnList ? x.list : undefined,
              type: x.type || undefined,
            } as Schema<"FieldNewField">,
          }),
        );
      await onSaved();
    });
    if (saved && done) onClose();
  };
  const complete = v.name.trim() && (!drawsOnList || v.list) && (v.mandatory !== "from_status" || v.fromStatus);
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={field ? t("define.edit") : t("define.add")}
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
            <Select
              label={t("define.dataType")}
              allowDeselect={false}
              disabled={Boolean(field)}
              data={dataTypes.map((d) => ({ value: d, label: t(`types.${d}`) }))}
              value={v.dataType}
              onChange={(d) => {
                if (!d) return;
                form.setFieldValue("dataType", d as DataType);
                form.setFieldValue("default", null);
              }}
            />
            {drawsOnList && (
              <Select
                label={t("define.list")}
                disabled={Boolean(field)}
                searchable
                data={(lists.data ?? []).map((l) => ({ value: l.key, label: l.title }))}
                {...form.getInputProps("list")}
              />
            )}
            {(v.dataType === "number" || v.dataType === "decimal") && (
              <TextInput
                label={t("define.measure")}
                placeholder="GB"
                maxLength={40}
                {...form.getInputProps("measure")}
              />
            )}
          </Group>
          <TextInput
            label={t("define.group")}
            description={t("define.groupAbout")}
            maxLength={200}
            {...form.getInputProps("group")}
          />
          {typeList && (
            <Select
              label={t("define.type")}
              description={t("define.typeAbout")}
              clearable
              clearButtonProps={{ "aria-label": t("clear") }}
              data={(types.data?.values ?? []).filter((x) => x.active).map((x) => ({ value: x.id, label: x.name }))}
              value={v.type || null}
              error={form.errors.type}
              onChange={(id) => form.setFieldValue("type", id ?? "")}
            />
          )}
          <Textarea
            label={t("define.description")}
            description={t("define.descriptionAbout")}
            autosize
            minRows={1}
            maxRows={6}
            maxLength={1000}
            {...form.getInputProps("description")}
          />
          <Group grow align="flex-start">
            <Select
              label={t("define.mandatory")}
              allowDeselect={false}
              data={(["never", "always", "from_status"] as const).map((m) => ({
                value: m,
                label: t(`mandatory.${m}`),
              }))}
              {...form.getInputProps("mandatory")}
            />
            {v.mandatory === "from_status" && (
              <Select
                label={t("define.fromStatusLabel")}
                data={[
                  ...new Set([...(v.fromStatus ? [v.fromStatus] : []), ...(statuses.data ?? []).map((s) => s.name)]),
                ]}
                {...form.getInputProps("fromStatus")}
              />
            )}
          </Group>
          <FieldInput
            key={v.dataType + v.list}
            type={v.dataType}
            list={v.list}
            measure={v.measure}
            label={t("define.default")}
            description={t("define.defaultAbout")}
            error={form.errors.default as string | undefined}
            value={v.default}
            onChange={(x) => form.setFieldValue("default", x)}
          />
          <Select
            label={t("define.access")}
            allowDeselect={false}
            data={accesses.map((a) => ({ value: a, label: t(`access.${a}`) }))}
            {...form.getInputProps("access")}
          />
          <AccessRules rules={v.accessRules} onChange={(rules) => form.setFieldValue("accessRules", rules)} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!complete}>
              {field ? t("save") : t("define.add")}
            </Button>
          </Group>
        </Stack>
      </form>
      {stale.dialog}
    </Modal>
  );
}

/** Who may do more or less with the field than everybody; of several that apply the highest counts. */
function AccessRules({ rules, onChange }: { rules: Rule[]; onChange: (rules: Rule[]) => void }) {
  const [access, setAccess] = useState<Access>("view");
  const [kind, setKind] = useState<(typeof parties)[number]>("role");
  const { data: units = [] } = useUnits();
  const roles = useQuery({
    queryKey: keys.list("role", { names: true }),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/roles", { signal }))).items,
    retry: false,
  });
  const names = Object.fromEntries([
    ...units.map((u) => [u.id, u.name]),
    ...(roles.data ?? []).map((r) => [r.id, r.name]),
  ]);
  const among = (all: { id: string; name: string }[]) => async (q: string) =>
    all
      .filter((x) => x.name.toLowerCase().includes(q.toLowerCase()))
      .slice(0, 20)
      .map((x) => ({ value: x.id, label: x.name }));
  const sources = {
    role: { key: "role", find: among(roles.data ?? []) },
    unit: { key: "unit", find: among(units) },
    team: teamPicker,
    person: personPicker,
  };
  const held = rules.filter((r) => r.access === access && r.kind === kind);
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <Text component="legend" size="sm" fw={600}>
        {t("define.rules")}
      </Text>
      <Text size="xs" c="dimmed" mb={6}>
        {t("define.rulesAbout")}
      </Text>
      <Group grow align="flex-start" mb="xs">
        <Select
          aria-label={t("define.ruleAccess")}
          allowDeselect={false}
          data={accesses.map((a) => ({ value: a, label: t(`access.${a}`) }))}
          value={access}
          onChange={(a) => a && setAccess(a as Access)}
        />
        <Select
          aria-label={t("define.ruleKind")}
          allowDeselect={false}
          data={parties.map((p) => ({ value: p, label: t(`parties.${p}`) }))}
          value={kind}
          onChange={(p) => p && setKind(p as (typeof parties)[number])}
        />
      </Group>
      <ManyPicker
        key={`${access}${kind}${roles.data?.length ?? 0}`}
        label={t("define.ruleWho", { access: t(`access.${access}`), kind: t(`parties.${kind}`) })}
        source={sources[kind]}
        names={names}
        value={held.map((r) => r.id)}
        onChange={(ids) =>
          onChange([...rules.filter((r) => !held.includes(r)), ...ids.map((id) => ({ access, kind, id }))])
        }
      />
      {rules.length > held.length && (
        <Text size="xs" c="dimmed" mt={4}>
          {t("define.ruleOthers", { count: rules.length - held.length })}
        </Text>
      )}
    </fieldset>
  );
}
