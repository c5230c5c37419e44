import {
  Button,
  Checkbox,
  Fieldset,
  Group,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker, useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { fromMinute, minuteOf } from "@/lib/day";
import { ColourInput } from "./ColourInput";
import { minorUnits } from "./Marks";
import { dataClasses, type Environment, kinds, useLookup, useSettings, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  key: string;
  name: string;
  application: string | null;
  unitId: string | null;
  usage: string | null;
  status: string | null;
  kind: Environment["kind"];
  expiresAt: string;
  capacity: number;
  autoApprove: boolean;
  dataClass: string | null;
  costPerHour: number;
  alert: string;
  parent: string | null;
  url: string;
  vendor: string;
  colour: string;
  techs: string[];
  aliases: string[];
  description: string;
}

const fresh = (unit: string | undefined): Values => ({
  key: "",
  name: "",
  application: null,
  unitId: unit ?? null,
  usage: null,
  status: null,
  kind: "virtual",
  expiresAt: "",
  capacity: 1,
  autoApprove: false,
  dataClass: null,
  costPerHour: 0,
  alert: "",
  parent: null,
  url: "",
  vendor: "",
  colour: "",
  techs: [],
  aliases: [],
  description: "",
});

const valuesOf = (e: Environment, minor: number): Values => ({
  key: e.key,
  name: e.name,
  application: e.application?.id ?? null,
  unitId: e.unitId,
  usage: e.usage?.id ?? null,
  status: e.status?.id ?? null,
  kind: e.kind,
  expiresAt: minuteOf(e.expiresAt),
  capacity: e.capacity,
  autoApprove: e.autoApprove,
  dataClass: e.dataClass ?? null,
  costPerHour: e.costPerHour / minor,
  alert: e.alert ?? "",
  parent: e.parent?.id ?? null,
  url: e.url ?? "",
  vendor: e.vendor ?? "",
  colour: e.colour ?? "",
  techs: e.techs,
  aliases: e.aliases,
  description: e.description ?? "",
});

/** Adds an environment or edits one. */
export function EnvironmentForm({
  environment,
  unit,
  opened,
  onClose,
}: {
  environment?: Environment;
  unit?: string;
  opened: boolean;
  onClose: () => void;
}) {
  // The amounts of the form are in the currency, so it waits until that is known.
  const settings = useSettings();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={environment ? t("editTitle", { name: environment.name }) : t("add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      {settings.isPending ? (
        <Skeleton h={320} />
      ) : (
        <Fields
          key={environment?.id ?? "new"}
          environment={environment}
          unit={unit}
          currency={settings.data?.currency ?? "EUR"}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

function Fields({
  environment,
  unit,
  currency,
  onClose,
}: {
  environment?: Environment;
  unit?: string;
  currency: string;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const minor = minorUnits(currency);
  const { data: units = [] } = useUnits();
  const { data: usages = [] } = useLookup("environment_usage");
  const { data: statuses = [] } = useLookup("environment_status");
  const unitName = useUnitName();
  // What ids are called, for the dialog that shows two versions side by side.
  const names = useRef(new Map<string, string>());
  const learn = (e: Environment) => {
    if (e.application) names.current.set(e.application.id, e.application.name);
    if (e.parent) names.current.set(e.parent.id, e.parent.name);
  };
  if (environment) learn(environment);
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: environment ? valuesOf(environment, minor) : fresh(unit),
    validate: {
      key: (v) => (v.trim() ? null : t("needKey")),
      unitId: (v, all) => (v || all.application ? null : t("needUnit")),
      expiresAt: (v, all) => (all.kind === "ephemeral" && !v ? t("needExpiry") : null),
    },
  });
  const { values, setFieldValue } = form;
  const stale = useStaleSave<Values>({
    name: environment?.name ?? "",
    labels: {
      key: t("key"),
      name: t("name"),
      application: t("application"),
      unitId: t("unit"),
      usage: t("usage"),
      status: t("status"),
      kind: t("kind"),
      expiresAt: t("expires"),
      capacity: t("capacity"),
      autoApprove: t("approvals.auto"),
      dataClass: t("dataClass"),
      costPerHour: t("costIn", { currency }),
      alert: t("alert"),
      parent: t("parent"),
      url: t("url"),
      vendor: t("vendor"),
      colour: t("colour"),
      techs: t("techs"),
      aliases: t("aliases"),
      description: t("description"),
    },
    read: (e: Environment) => {
      learn(e);
      return valuesOf(e, minor);
    },
    show: (field, value) =>
      field === "unitId"
        ? unitName(String(value))
        : field === "usage" || field === "status"
          ? ([...usages, ...statuses].find((v) => v.id === value)?.name ?? "—")
          : Array.isArray(value)
            ? value.join(", ")
            : typeof value === "boolean"
              ? t(value ? "yes" : "no")
              : (names.current.get(String(value)) ?? String(value ?? "—")),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/environments/{id}", {
          params: { path: { id: environment?.id ?? "" }, ...version(based) },
          body: {
            ...v,
            costPerHour: Math.round(v.costPerHour * minor),
            expiresAt: v.kind === "ephemeral" ? (fromMinute(v.expiresAt) ?? null) : null,
            unitId: v.unitId ?? undefined,
          },
        }),
      ),
  });

  const submit = async () => {
    let kept = true;
    const done = await send(async (v) => {
      if (environment) {
        kept = await stale.save(valuesOf(environment, minor), v, environment.version);
        return;
      }
      await ok(
        api.POST("/api/v1/environments", {
          body: {
            ...v,
            name: v.name || undefined,
            application: v.application ?? undefined,
            unitId: v.unitId ?? undefined,
            usage: v.usage ?? undefined,
            status: v.status ?? undefined,
            expiresAt: v.kind === "ephemeral" ? fromMinute(v.expiresAt) : undefined,
            dataClass: (v.dataClass ?? undefined) as never,
            parent: v.parent ?? undefined,
            colour: v.colour || undefined,
            costPerHour: Math.round(v.costPerHour * minor),
          },
        }),
      );
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("environment") });
    if (kept) notifications.show({ message: t("saved", { name: values.name || values.key }) });
    onClose();
  };

  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <TextInput
            label={t("key")}
            description={t("keyAbout")}
            data-autofocus
            autoComplete="off"
            {...form.getInputProps("key")}
          />
          <TextInput
            label={t("name")}
            description={t("nameAbout")}
            autoComplete="off"
            {...form.getInputProps("name")}
          />
          <RemotePicker
            label={t("application")}
            clearable
            source={applicationPicker}
            value={values.application}
            error={form.errors.application}
            onChange={(v, label) => {
              if (v && label) names.current.set(v, label);
              setFieldValue("application", v);
            }}
          />
          <TreeSelect
            label={t("unit")}
            placeholder={values.application ? t("unitOfApplication") : undefined}
            items={units}
            clearable={!environment}
            clearButtonProps={{ "aria-label": t("clear") }}
            value={values.unitId}
            onChange={(id) => setFieldValue("unitId", id)}
            error={form.errors.unitId}
          />
          <Select
            label={t("usage")}
            clearable
            clearButtonProps={{ "aria-label": t("clear") }}
            data={usages.map((v) => ({ value: v.id, label: v.name }))}
            {...form.getInputProps("usage")}
          />
          <Select
            label={t("status")}
            placeholder={statuses.find((v) => v.default)?.name}
            data={statuses.map((v) => ({ value: v.id, label: v.name }))}
            {...form.getInputProps("status")}
          />
          <Select
            label={t("kind")}
            allowDeselect={false}
            data={kinds.map((v) => ({ value: v, label: t(`kinds.${v}`) }))}
            {...form.getInputProps("kind")}
          />
          {values.kind === "ephemeral" && (
            <TextInput type="datetime-local" label={t("expires")} {...form.getInputProps("expiresAt")} />
          )}
        </SimpleGrid>
        <Fieldset legend={t("bookings")}>
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
              <NumberInput
                label={t("capacity")}
                description={t("capacityAbout")}
                min={1}
                max={10000}
                allowDecimal={false}
                value={values.capacity}
                error={form.errors.capacity}
                onChange={(v) => setFieldValue("capacity", Number(v) || 1)}
              />
              <NumberInput
                label={t("costIn", { currency })}
                description={t("costAbout")}
                min={0}
                decimalScale={2}
                value={values.costPerHour}
                error={form.errors.costPerHour}
                onChange={(v) => setFieldValue("costPerHour", Number(v) || 0)}
              />
            </SimpleGrid>
            <Checkbox
              label={t("approvals.auto")}
              description={t("approvals.autoAbout")}
              {...form.getInputProps("autoApprove", { type: "checkbox" })}
            />
            <TextInput label={t("alert")} description={t("alertAbout")} {...form.getInputProps("alert")} />
          </Stack>
        </Fieldset>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <Select
            label={t("dataClass")}
            clearable
            clearButtonProps={{ "aria-label": t("clear") }}
            data={dataClasses.map((v) => ({ value: v, label: t(`dataClasses.${v}`) }))}
            {...form.getInputProps("dataClass")}
          />
          <RemotePicker
            label={t("parent")}
            description={t("parentAbout")}
            clearable
            source={environmentPicker}
            value={values.parent}
            error={form.errors.parent}
            onChange={(v, label) => {
              if (v && label) names.current.set(v, label);
              setFieldValue("parent", v);
            }}
          />
          <TextInput label={t("url")} autoComplete="off" {...form.getInputProps("url")} />
          <TextInput label={t("vendor")} autoComplete="off" {...form.getInputProps("vendor")} />
          <TagsInput label={t("techs")} splitChars={[","]} {...form.getInputProps("techs")} />
          <ColourInput label={t("colour")} {...form.getInputProps("colour")} />
        </SimpleGrid>
        <TagsInput
          label={t("aliases")}
          description={t("aliasesAbout")}
          splitChars={[","]}
          {...form.getInputProps("aliases")}
        />
        <Textarea label={t("description")} {...form.getInputProps("description")} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {environment ? t("save") : t("add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
