import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { useUnitScope } from "@/lib/url";
import { type Team, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  description: string;
  unitId: string;
}

const valuesOf = (x: Team): Values => ({ name: x.name, description: x.description ?? "", unitId: x.unitId });

export function TeamForm({
  team,
  opened,
  onClose,
  onMade,
}: {
  team?: Team;
  opened: boolean;
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={team ? t("teams.editTitle", { name: team.name }) : t("teams.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields key={team?.id ?? "new"} team={team} onClose={onClose} onMade={onMade} />
    </Modal>
  );
}

function Fields({ team, onClose, onMade }: { team?: Team; onClose: () => void; onMade: (id: string) => void }) {
  const client = useQueryClient();
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const scope = useUnitScope();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: team ? valuesOf(team) : { name: "", description: "", unitId: scope ?? "" },
    validate: {
      name: (v) => (v.trim() ? null : t("teams.needName")),
      unitId: (v) => (v ? null : t("teams.needUnit")),
    },
  });
  const stale = useStaleSave<Values>({
    name: team?.name ?? "",
    labels: { name: t("teams.name"), unitId: t("teams.unit"), description: t("teams.description") },
    read: (x: Team) => valuesOf(x),
    show: (field, value) => (field === "unitId" ? unitName(String(value)) : String(value)),
    put: (body, based) =>
      ok(api.PATCH("/api/v1/teams/{id}", { params: { path: { id: team?.id ?? "" }, ...version(based) }, body })),
  });
  const submit = async () => {
    let made: string | undefined;
    let kept = true;
    const done = await send(async (v) => {
      if (team) kept = await stale.save(valuesOf(team), v, team.version);
      else made = (await ok(api.POST("/api/v1/teams", { body: { ...v, name: v.name.trim() } }))).id;
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("team") });
    if (kept) notifications.show({ message: t("saved", { name: form.values.name }) });
    onClose();
    if (made) onMade(made);
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
        <TextInput label={t("teams.name")} data-autofocus {...form.getInputProps("name")} />
        <TreeSelect
          label={t("teams.unit")}
          items={units}
          value={form.values.unitId}
          onChange={(id) => form.setFieldValue("unitId", id ?? "")}
          error={form.errors.unitId}
        />
        <Textarea label={t("teams.description")} {...form.getInputProps("description")} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {team ? t("teams.save") : t("teams.add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
