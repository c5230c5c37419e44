import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  Select,
  Skeleton,
  Stack,
  Switch,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { applicationPicker, environmentPicker, groupPicker, useUnits } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ManyPicker } from "@/components/ManyPicker";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { ZoneSelect } from "@/components/ZoneSelect";
import { zoneName } from "@/lib/time";
import { useUnitScope } from "@/lib/url";
import { Consequences, refusesOf, refusesWords } from "./Marks";
import { type Kind, listOf, oneOfKind, subjects, unitPicker, useFreezeTypes, type Window } from "./queries";
import { RecurrenceFields } from "./RecurrenceFields";
import { ruleOf } from "./recurrence";
import { t } from "./text";
import { readWindow, spanOf, startValues, toBody, type Values } from "./values";

/** Makes or changes a freeze, a holiday or a maintenance window; the server says what it hits before it is saved. */
export function WindowForm({
  kind,
  window: w,
  onClose,
  onSaved,
}: {
  kind: Kind;
  window?: Window;
  onClose: () => void;
  onSaved?: (w: Window) => void;
}) {
  const client = useQueryClient();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  const scopeUnit = useUnitScope();
  const { data: units = [] } = useUnits();
  const types = useFreezeTypes();
  const [base] = useState<Values>(() => (w ? readWindow(w) : startValues(kind, zoneName(), scopeUnit ?? "")));
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const v = form.getValues();
  // A new freeze refuses what its type refuses, until somebody says otherwise.
  const standard = types.data?.find((f) => f.default);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the types arrive
  useEffect(() => {
    if (kind === "freeze" && !w && standard && !form.isDirty("refuses"))
      form.setFieldValue("refuses", refusesOf(standard));
  }, [standard?.id]);
  const typeId = v.typeId || standard?.id || "";
  const body = toBody(kind, v);
  const names = Object.fromEntries(w?.scope.map((s) => [s.id, s.label]) ?? []);
  const spanFault = !spanOf(v) ? t("form.endBeforeStart") : undefined;

  const put = (values: Values, ver: number, dryRun = false) => {
    const sent = toBody(kind, values);
    const change = { ...sent, recurrence: sent?.recurrence ?? null } as never;
    return ok(
      api.PATCH(oneOfKind(kind), {
        params: { path: { id: w?.id ?? "" }, query: { dryRun }, header: { "If-Match": ifMatch(ver) } },
        body: change,
      }),
    );
  };
  const [asked] = useDebouncedValue(JSON.stringify(body ?? null), 500);
  const dry = useQuery({
    queryKey: ["consequences", kind, w?.id ?? "new", asked],
    queryFn: () =>
      w
        ? put(v, w.version, true)
        : ok(api.POST(listOf(kind), { params: { query: { dryRun: true } }, body: JSON.parse(asked) })),
    enabled: asked !== "null",
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const stale = useStaleSave<Values>({
    name: w?.name ?? "",
    labels: {
      name: t("name"),
      description: t("description"),
      typeId: t("type"),
      unitId: t("unit"),
      zone: t("zone"),
      whole: t("form.whole"),
      from: t("from"),
      to: t("to"),
      units: t("scope.units"),
      environments: t("scope.environments"),
      groups: t("scope.groups"),
      applications: t("scope.applications"),
      refuses: t("refuses.label"),
      onSchedule: t("form.onSchedule"),
      recurrence: t("repeats.label"),
    },
    read: (record) => readWindow(record as Window),
    put: (values, ver) => put(values, ver),
    show: (field, value) => {
      if (field === "typeId") return types.data?.find((x) => x.id === value)?.name;
      if (field === "unitId") return units.find((x) => x.id === value)?.name;
      if (field === "recurrence") return ruleOf(value as Values["recurrence"], v.from.slice(0, 10), v.zone) ?? "";
      if (field === "refuses") return refusesWords(value as string[]);
      if (Array.isArray(value)) return value.map((id) => names[id] ?? id).join(", ");
      return undefined;
    },
  });
  const save = async () => {
    let saved: Window | undefined;
    let done = true;
    const ok1 = await send(async (values) => {
      if (w) done = await stale.save(base, values, w.version);
      else if (body) saved = await ok(api.POST(listOf(kind), { body }));
      await client.invalidateQueries({ queryKey: keys.all(subjects[kind]) });
      void client.invalidateQueries({ queryKey: ["occurrence"] });
      void client.invalidateQueries({ queryKey: ["closure"] });
    });
    if (!ok1 || !done) return;
    notifications.show({ message: t(`kinds.${kind}.saved`) });
    onClose();
    if (saved) onSaved?.(saved);
  };
  const choose = (name: keyof Values) => (value: unknown) => form.setFieldValue(name, value as never);
  const time = (name: "from" | "to") => ({
    type: v.whole ? "date" : "datetime-local",
    value: v.whole ? v[name].slice(0, 10) : v[name],
    onChange: (e: { currentTarget: { value: string } }) => {
      const text = e.currentTarget.value;
      const clock = v[name].slice(10) || "T00:00";
      const next = v.whole ? (text ? `${text}${clock}` : "") : text;
      form.setFieldValue(name, next);
      // An end that lies before the beginning goes along with it.
      if (name === "from" && next && v.to < next) form.setFieldValue("to", next);
    },
    required: true,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      fullScreen={phone}
      title={w ? t(`kinds.${kind}.edit`) : t(`kinds.${kind}.add`)}
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
            label={t("name")}
            required
            maxLength={200}
            autoComplete="off"
            data-autofocus
            {...form.getInputProps("name")}
          />
          {kind === "freeze" && (
            <Select
              label={t("type")}
              allowDeselect={false}
              data={(types.data ?? []).map((x) => ({ value: x.id, label: x.name }))}
              value={typeId || null}
              error={form.errors.typeId}
              onChange={(id) => {
                const type = types.data?.find((x) => x.id === id);
                form.setFieldValue("typeId", id ?? "");
                if (type && !w) form.setFieldValue("refuses", refusesOf(type));
              }}
            />
          )}
          <Checkbox.Group
            label={t("refuses.label")}
            description={t("refuses.about")}
            value={v.refuses}
            onChange={(list) => form.setFieldValue("refuses", [...list].sort())}
          >
            <Group gap="md" mt={6}>
              <Checkbox value="booking" label={t("uses.booking")} />
              <Checkbox value="deployment" label={t("uses.deployment")} />
            </Group>
          </Checkbox.Group>
          <Title order={3} mt="xs">
            {t("form.when")}
          </Title>
          <Group grow align="flex-start">
            <TextInput label={v.whole ? t("form.firstDay") : t("from")} {...time("from")} error={form.errors.from} />
            <TextInput
              label={v.whole ? t("form.lastDay") : t("to")}
              {...time("to")}
              error={form.errors.to ?? spanFault}
            />
          </Group>
          <Group grow align="flex-end">
            <Switch
              label={t("form.whole")}
              checked={v.whole}
              onChange={(e) => form.setFieldValue("whole", e.currentTarget.checked)}
            />
            <ZoneSelect
              label={t("zone")}
              allowDeselect={false}
              value={v.zone}
              error={form.errors.zone}
              onChange={(zone) => zone && form.setFieldValue("zone", zone)}
            />
          </Group>
          <RecurrenceFields values={v} onChange={choose("recurrence")} />
          <Title order={3} mt="xs">
            {t("scope.title")}
          </Title>
          <TreeSelect
            label={t("unit")}
            description={t("form.unitAbout")}
            items={units.map((u) => ({ id: u.id, name: u.name, depth: u.depth }))}
            value={v.unitId || units[0]?.id}
            error={form.errors.unitId}
            onChange={(id) => form.setFieldValue("unitId", id ?? "")}
          />
          <ManyPicker
            label={t("scope.units")}
            description={t("scope.unitsAbout")}
            source={unitPicker}
            names={names}
            value={v.units}
            onChange={choose("units")}
            error={form.errors.scope as string | undefined}
          />
          <ManyPicker
            label={t("scope.environments")}
            source={environmentPicker}
            names={names}
            value={v.environments}
            onChange={choose("environments")}
          />
          <ManyPicker
            label={t("scope.groups")}
            source={groupPicker}
            names={names}
            value={v.groups}
            onChange={choose("groups")}
          />
          <ManyPicker
            label={t("scope.applications")}
            source={applicationPicker}
            names={names}
            value={v.applications}
            onChange={choose("applications")}
          />
          <Textarea
            label={t("description")}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={10_000}
            {...form.getInputProps("description")}
          />
          <Switch
            label={t("form.onSchedule")}
            checked={v.onSchedule}
            onChange={(e) => form.setFieldValue("onSchedule", e.currentTarget.checked)}
          />
          <div aria-live="polite">
            {!body || asked === "null" ? null : dry.isPending ? (
              <Skeleton h={56} />
            ) : dry.isError ? (
              asProblem(dry.error).code === "stale" ? null : (
                <ProblemAlert error={dry.error} />
              )
            ) : (
              <Alert variant="default" title={t("form.consequences")}>
                {dry.data.consequences?.length ? (
                  <Consequences items={dry.data.consequences} />
                ) : (
                  t("form.noConsequences")
                )}
              </Alert>
            )}
          </div>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!body}>
              {w ? t("save") : t(`kinds.${kind}.add`)}
            </Button>
          </Group>
        </Stack>
      </form>
      {stale.dialog}
    </Modal>
  );
}
