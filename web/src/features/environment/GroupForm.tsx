import { Button, Checkbox, Modal, Group as Row, Select, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { ColourInput } from "./ColourInput";
import { type Group, groupAddress, useLookup, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  key: string;
  name: string;
  unitId: string | null;
  usage: string | null;
  vendor: string;
  colour: string;
  alert: string;
  autoApprove: boolean;
  description: string;
}

const valuesOf = (g: Group): Values => ({
  key: g.key,
  name: g.name,
  unitId: g.unitId,
  usage: g.usage?.id ?? null,
  vendor: g.vendor ?? "",
  colour: g.colour ?? "",
  alert: g.alert ?? "",
  autoApprove: g.autoApprove,
  description: g.description ?? "",
});

/** Adds a group or edits one; its members are chosen on its page. */
export function GroupForm({
  group,
  unit,
  opened,
  onClose,
}: {
  group?: Group;
  unit?: string;
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={group ? t("editTitle", { name: group.name }) : t("addGroup")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields key={group?.id ?? "new"} group={group} unit={unit} onClose={onClose} />
    </Modal>
  );
}

function Fields({ group, unit, onClose }: { group?: Group; unit?: string; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: units = [] } = useUnits();
  const { data: usages = [] } = useLookup("environment_usage");
  const unitName = useUnitName();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: group
      ? valuesOf(group)
      : {
          key: "",
          name: "",
          unitId: unit ?? null,
          usage: null,
          vendor: "",
          colour: "",
          alert: "",
          autoApprove: false,
          description: "",
        },
    validate: {
      key: (v) => (v.trim() ? null : t("needKey")),
      unitId: (v) => (v ? null : t("needUnitOfGroup")),
    },
  });
  const stale = useStaleSave<Values>({
    name: group?.name ?? "",
    labels: {
      key: t("key"),
      name: t("name"),
      unitId: t("unit"),
      usage: t("usage"),
      vendor: t("vendor"),
      colour: t("colour"),
      alert: t("alert"),
      autoApprove: t("approvals.auto"),
      description: t("description"),
    },
    read: (g: Group) => valuesOf(g),
    show: (field, value) =>
      field === "unitId"
        ? unitName(String(value))
        : field === "usage"
          ? (usages.find((u) => u.id === value)?.name ?? "—")
          : typeof value === "boolean"
            ? t(value ? "yes" : "no")
            : String(value ?? "—"),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/environment-groups/{id}", {
          params: { path: { id: group?.id ?? "" }, ...version(based) },
          body: { ...v, unitId: v.unitId ?? undefined },
        }),
      ),
  });
  const submit = async () => {
    let kept = true;
    let made: string | undefined;
    const done = await send(async (v) => {
      if (group) {
        kept = await stale.save(valuesOf(group), v, group.version);
        return;
      }
      const g = await ok(
        api.POST("/api/v1/environment-groups", {
          body: {
            ...v,
            name: v.name || undefined,
            unitId: v.unitId ?? undefined,
            usage: v.usage ?? undefined,
            colour: v.colour || undefined,
          },
        }),
      );
      made = g.id;
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("environment_group") });
    void client.invalidateQueries({ queryKey: keys.all("environment") });
    if (kept) notifications.show({ message: t("saved", { name: form.values.name || form.values.key }) });
    onClose();
    // Its members are what comes next.
    if (made) await navigate({ to: groupAddress(made) });
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
          <TextInput label={t("key")} data-autofocus autoComplete="off" {...form.getInputProps("key")} />
          <TextInput
            label={t("name")}
            placeholder={form.values.key}
            autoComplete="off"
            {...form.getInputProps("name")}
          />
          <TreeSelect
            label={t("unit")}
            items={units}
            value={form.values.unitId}
            onChange={(id) => form.setFieldValue("unitId", id)}
            error={form.errors.unitId}
          />
          <Select
            label={t("usage")}
            clearable
            clearButtonProps={{ "aria-label": t("clear") }}
            data={usages.map((v) => ({ value: v.id, label: v.name }))}
            {...form.getInputProps("usage")}
          />
          <TextInput label={t("vendor")} autoComplete="off" {...form.getInputProps("vendor")} />
          <ColourInput label={t("colour")} {...form.getInputProps("colour")} />
        </SimpleGrid>
        <Checkbox
          label={t("approvals.auto")}
          description={t("approvals.groupAbout")}
          {...form.getInputProps("autoApprove", { type: "checkbox" })}
        />
        <TextInput label={t("alert")} description={t("alertAbout")} {...form.getInputProps("alert")} />
        <Textarea label={t("description")} {...form.getInputProps("description")} />
        <Row justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {group ? t("save") : t("addGroup")}
          </Button>
        </Row>
      </Stack>
      {stale.dialog}
    </form>
  );
}
