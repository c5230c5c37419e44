import { Button, Group, Modal, Select, SimpleGrid, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { type Application, criticalities, statuses, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  key: string;
  unitId: string;
  criticality: Application["criticality"];
  status: Application["status"];
  vendor: string;
  description: string;
  aliases: string[];
}

const valuesOf = (a: Application): Values => ({
  name: a.name,
  key: a.key,
  unitId: a.unitId,
  criticality: a.criticality,
  status: a.status,
  vendor: a.vendor ?? "",
  description: a.description ?? "",
  aliases: a.aliases,
});

/** Adds an application or edits one. */
export function ApplicationForm({
  application,
  unit,
  opened,
  onClose,
}: {
  application?: Application;
  unit?: string;
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={application ? t("editTitle", { name: application.name }) : t("add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields key={application?.id ?? "new"} application={application} unit={unit} onClose={onClose} />
    </Modal>
  );
}

function Fields({ application, unit, onClose }: { application?: Application; unit?: string; onClose: () => void }) {
  const client = useQueryClient();
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: application
      ? valuesOf(application)
      : {
          name: "",
          key: "",
          unitId: unit ?? "",
          criticality: "MEDIUM",
          status: "ACTIVE",
          vendor: "",
          description: "",
          aliases: [],
        },
    validate: {
      name: (v) => (v.trim() ? null : t("needName")),
      key: (v) => (v.trim() ? null : t("needKey")),
      unitId: (v) => (v ? null : t("needUnit")),
    },
  });
  const { values, setFieldValue } = form;
  const stale = useStaleSave<Values>({
    name: application?.name ?? "",
    labels: {
      name: t("name"),
      key: t("key"),
      unitId: t("unit"),
      criticality: t("criticality"),
      status: t("status"),
      vendor: t("vendor"),
      description: t("description"),
      aliases: t("aliases"),
    },
    read: (a: Application) => valuesOf({ ...a, aliases: a.aliases ?? application?.aliases ?? [] }),
    show: (field, value) =>
      field === "unitId" ? unitName(String(value)) : Array.isArray(value) ? value.join(", ") : String(value),
    put: async ({ aliases, ...body }, based) => {
      const path = { id: application?.id ?? "" };
      const saved = await ok(api.PATCH("/api/v1/applications/{id}", { params: { path, ...version(based) }, body }));
      if (aliases.join("\n") === saved.aliases.join("\n")) return;
      await ok(
        api.PUT("/api/v1/applications/{id}/aliases", {
          params: { path, ...version(saved.version) },
          body: { aliases },
        } as never),
      );
    },
  });

  const submit = async () => {
    let kept = true;
    const done = await send(async (v) => {
      if (application) {
        kept = await stale.save(valuesOf(application), v, application.version);
        return;
      }
      await ok(
        api.POST("/api/v1/applications", {
          body: { ...v, vendor: v.vendor || undefined, description: v.description || undefined },
        }),
      );
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("application") });
    if (kept) notifications.show({ message: t("saved", { name: values.name }) });
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
          <TextInput label={t("name")} data-autofocus autoComplete="off" {...form.getInputProps("name")} />
          <TextInput label={t("key")} description={t("keyAbout")} autoComplete="off" {...form.getInputProps("key")} />
          <TreeSelect
            label={t("unit")}
            items={units}
            value={values.unitId}
            onChange={(id) => setFieldValue("unitId", id ?? "")}
            error={form.errors.unitId}
          />
          <TextInput label={t("vendor")} autoComplete="off" {...form.getInputProps("vendor")} />
          <Select
            label={t("criticality")}
            allowDeselect={false}
            data={criticalities.map((v) => ({ value: v, label: t(`criticalities.${v}`) }))}
            {...form.getInputProps("criticality")}
          />
          <Select
            label={t("status")}
            allowDeselect={false}
            data={statuses.map((v) => ({ value: v, label: t(`statuses.${v}`) }))}
            {...form.getInputProps("status")}
          />
        </SimpleGrid>
        <Textarea label={t("description")} {...form.getInputProps("description")} />
        <TagsInput
          label={t("aliases")}
          description={t("aliasesAbout")}
          {...form.getInputProps("aliases")}
          splitChars={[","]}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {application ? t("save") : t("add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
