import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { Consequences } from "./Consequences";
import type { UnitAct } from "./OrganisationPage";
import { type Unit, version } from "./queries";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  type: string;
  directorId: string;
}

const valuesOf = (u: Unit): Values => ({ name: u.name, type: u.type, directorId: u.directorId ?? "" });

/** Adds a unit below another, or edits one. */
export function UnitForm({ doing, onClose }: { doing: UnitAct | undefined; onClose: () => void }) {
  const mine = doing?.act === "add" || doing?.act === "edit" ? doing : undefined;
  const title =
    mine?.act === "edit"
      ? t("organisation.renameTitle", { name: mine.unit.name })
      : t("organisation.addBelow", { name: mine?.unit.name });
  return (
    <Modal opened={Boolean(mine)} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("cancel") }}>
      {mine && <Fields doing={mine} onClose={onClose} />}
    </Modal>
  );
}

function Fields({ doing, onClose }: { doing: UnitAct; onClose: () => void }) {
  const client = useQueryClient();
  const unit = doing.act === "edit" ? doing.unit : undefined;
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: unit ? valuesOf(unit) : { name: "", type: "", directorId: "" },
    validate: { name: (v) => (v.trim() ? null : t("organisation.needName")) },
  });
  const stale = useStaleSave<Values>({
    name: unit?.name ?? "",
    labels: { name: t("organisation.name"), type: t("organisation.type"), directorId: t("organisation.director") },
    read: (u: Unit) => valuesOf(u),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/units/{id}", {
          params: { path: { id: unit?.id ?? "" }, ...version(based) },
          // null takes the director away; the schema knows only strings here.
          body: { name: v.name.trim(), type: v.type, directorId: (v.directorId || null) as string },
        }),
      ),
  });
  const submit = async () => {
    let kept = true;
    const done = await send(async (v) => {
      if (unit) kept = await stale.save(valuesOf(unit), v, unit.version);
      else
        await ok(
          api.POST("/api/v1/units", {
            body: {
              name: v.name.trim(),
              type: v.type || undefined,
              parentId: doing.unit.id,
              directorId: v.directorId || undefined,
            },
          }),
        );
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("unit") });
    if (kept)
      notifications.show({
        message: t(unit ? "organisation.saved" : "organisation.added", { name: form.values.name }),
      });
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
        <TextInput label={t("organisation.name")} data-autofocus {...form.getInputProps("name")} />
        <TextInput
          label={t("organisation.type")}
          description={t("organisation.typeAbout")}
          {...form.getInputProps("type")}
        />
        <RemotePicker
          label={t("organisation.director")}
          source={personPicker}
          clearable
          value={form.values.directorId || null}
          onChange={(id) => form.setFieldValue("directorId", id ?? "")}
          error={form.errors.directorId}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {unit ? t("organisation.save") : t("organisation.add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}

/** Everything outside a unit's own subtree. */
function outside(units: Unit[], unit: Unit): Unit[] {
  return units.filter((u) => !u.path.startsWith(unit.path));
}

export function UnitMove({
  doing,
  units,
  onClose,
}: {
  doing: UnitAct | undefined;
  units: Unit[];
  onClose: () => void;
}) {
  const client = useQueryClient();
  const unit = doing?.act === "move" ? doing.unit : undefined;
  const [to, setTo] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another unit starts with nothing chosen
  useEffect(() => setTo(null), [unit?.id]);
  const move = (dryRun: boolean) =>
    ok(
      api.PATCH("/api/v1/units/{id}", {
        params: { path: { id: unit?.id ?? "" }, query: { dryRun }, ...version(unit?.version ?? 0) },
        body: { parentId: to ?? "" },
      }),
    );
  return (
    <ConfirmDialog
      opened={Boolean(unit)}
      onClose={onClose}
      title={t("organisation.moveTitle", { name: unit?.name })}
      verb={t("organisation.move")}
      disabled={!to}
      onConfirm={async () => {
        await move(false);
        await client.invalidateQueries();
        notifications.show({ message: t("organisation.moved", { name: unit?.name }) });
      }}
    >
      <TreeSelect
        label={t("organisation.moveTo")}
        items={unit ? outside(units, unit).filter((u) => u.id !== unit.parentId) : []}
        value={to}
        onChange={setTo}
      />
      <Consequences
        of={["unit", unit?.id, to ?? undefined]}
        enabled={Boolean(unit && to)}
        ask={async () => (await move(true)).consequences}
      />
    </ConfirmDialog>
  );
}

export function UnitDelete({
  doing,
  units,
  onClose,
}: {
  doing: UnitAct | undefined;
  units: Unit[];
  onClose: () => void;
}) {
  const client = useQueryClient();
  const unit = doing?.act === "delete" ? doing.unit : undefined;
  const [to, setTo] = useState<string | null>(null);
  const parent = unit?.parentId;
  useEffect(() => setTo(parent ?? null), [parent]);
  const remove = (dryRun: boolean) =>
    ok(
      api.DELETE("/api/v1/units/{id}", {
        params: {
          path: { id: unit?.id ?? "" },
          query: { rehomeTo: to ?? "", dryRun },
          ...version(unit?.version ?? 0),
        },
      }),
    );
  return (
    <ConfirmDialog
      opened={Boolean(unit)}
      onClose={onClose}
      title={t("organisation.deleteTitle", { name: unit?.name })}
      verb={t("organisation.delete")}
      danger
      disabled={!to}
      onConfirm={async () => {
        await remove(false);
        await client.invalidateQueries();
        notifications.show({ message: t("organisation.deleted", { name: unit?.name }) });
      }}
    >
      <TreeSelect
        label={t("organisation.rehome")}
        items={unit ? outside(units, unit) : []}
        value={to}
        onChange={setTo}
      />
      <Consequences
        of={["unit", "delete", unit?.id, to ?? undefined]}
        enabled={Boolean(unit && to)}
        ask={async () => (await remove(true)).consequences}
      />
    </ConfirmDialog>
  );
}
