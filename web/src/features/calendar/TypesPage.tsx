import { Button, Checkbox, ColorInput, Group, Modal, Select, Skeleton, Stack, Switch, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { Consequences, refusesOf, refusesWords, TypeName } from "./Marks";
import { type FreezeType, useFreezeTypes, version } from "./queries";
import { t } from "./text";

/** The types of freezes: their colours, and what a freeze refuses unless it says otherwise. */
export function TypesPage() {
  const can = useCan();
  const query = useFreezeTypes();
  const [editing, setEditing] = useState<FreezeType | "new">();
  const [leaving, setLeaving] = useState<FreezeType>();
  const manage = can("calendar.manage_freeze");
  if (query.isPending)
    return (
      <div aria-busy>
        <Skeleton h={200} my="md" />
      </div>
    );
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <PartTable
        label={t("tabs.types")}
        add={manage ? t("types.add") : undefined}
        onAdd={() => setEditing("new")}
        empty={query.data.length === 0}
        title={t("types.emptyTitle")}
        body={t("types.emptyBody")}
        head={[t("name"), t("refuses.label"), t("types.default")]}
        rows={query.data.map((x) => ({
          id: x.id,
          name: x.name,
          cells: [<TypeName key="n" type={x} />, refusesWords(refusesOf(x)), x.default ? t("types.isDefault") : ""],
          onEdit: manage ? () => setEditing(x) : undefined,
          onRemove: manage ? () => setLeaving(x) : undefined,
        }))}
      />
      {editing && <TypeForm type={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {leaving && <RemoveType type={leaving} all={query.data} onClose={() => setLeaving(undefined)} />}
    </>
  );
}

const read = (x: FreezeType) => ({
  name: x.name,
  colour: x.colour,
  refusesBooking: x.refusesBooking,
  refusesDeployment: x.refusesDeployment,
  default: x.default,
});
type Values = ReturnType<typeof read>;

function TypeForm({ type, onClose }: { type?: FreezeType; onClose: () => void }) {
  const client = useQueryClient();
  const [base] = useState<Values>(() =>
    type ? read(type) : { name: "", colour: "#8557d6", refusesBooking: true, refusesDeployment: true, default: false },
  );
  const { form, problem, busy, send } = useProblemForm<Values>({ initialValues: base });
  const stale = useStaleSave<Values>({
    name: type?.name ?? "",
    labels: {
      name: t("name"),
      colour: t("types.colour"),
      refusesBooking: t("uses.booking"),
      refusesDeployment: t("uses.deployment"),
      default: t("types.default"),
    },
    read: (record) => read(record as FreezeType),
    put: ({ default: standard, ...values }, ver) =>
      ok(
        api.PATCH("/api/v1/freeze-types/{id}", {
          params: { path: { id: type?.id ?? "" }, ...version(ver) },
          // The place of the default is given to another type, never taken away.
          body: { ...values, ...(standard ? { default: true } : {}) },
        }),
      ),
    show: (_, value) => (typeof value === "boolean" ? (value ? t("yes") : t("no")) : undefined),
  });
  const save = async () => {
    let done = true;
    const saved = await send(async (values) => {
      if (type) done = await stale.save(base, values, type.version);
      else await ok(api.POST("/api/v1/freeze-types", { body: values }));
      await client.invalidateQueries({ queryKey: keys.all("freeze_type") });
      void client.invalidateQueries({ queryKey: keys.all("freeze") });
    });
    if (saved && done) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={type ? t("types.edit") : t("types.add")}
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
          <TextInput label={t("name")} required maxLength={200} data-autofocus {...form.getInputProps("name")} />
          <ColorInput
            label={t("types.colour")}
            format="hex"
            swatches={["#8557d6", "#d63b32", "#d48806", "#2f74e0", "#1f8a4f", "#8a949e"]}
            eyeDropperButtonProps={{ "aria-label": t("types.pick") }}
            {...form.getInputProps("colour")}
          />
          <Group gap="md">
            <Checkbox
              label={t("types.refusesBooking")}
              {...form.getInputProps("refusesBooking", { type: "checkbox" })}
            />
            <Checkbox
              label={t("types.refusesDeployment")}
              {...form.getInputProps("refusesDeployment", { type: "checkbox" })}
            />
          </Group>
          <Switch
            label={t("types.makeDefault")}
            disabled={type?.default}
            {...form.getInputProps("default", { type: "checkbox" })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!form.getValues().name.trim()}>
              {type ? t("save") : t("types.add")}
            </Button>
          </Group>
        </Stack>
      </form>
      {stale.dialog}
    </Modal>
  );
}

function RemoveType({ type, all, onClose }: { type: FreezeType; all: FreezeType[]; onClose: () => void }) {
  const client = useQueryClient();
  const [replaceBy, setReplaceBy] = useState<string | null>(null);
  const run = async (dryRun: boolean) =>
    (
      await ok(
        api.DELETE("/api/v1/freeze-types/{id}", {
          params: {
            path: { id: type.id },
            query: { dryRun, replaceBy: replaceBy ?? undefined },
            ...version(type.version),
          },
        }),
      )
    ).consequences;
  const dry = useQuery({
    queryKey: ["consequences", "freeze_type", type.id, replaceBy],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("types.removeTitle", { name: type.name })}
      body={t("types.removeBody")}
      verb={t("types.remove")}
      danger
      disabled={!dry.isSuccess}
      onConfirm={async () => {
        await run(false);
        await client.invalidateQueries({ queryKey: keys.all("freeze_type") });
        void client.invalidateQueries({ queryKey: keys.all("freeze") });
      }}
    >
      <Select
        label={t("types.replaceBy")}
        clearable
        clearButtonProps={{ "aria-label": t("types.nothingInstead") }}
        data={all.filter((x) => x.id !== type.id).map((x) => ({ value: x.id, label: x.name }))}
        value={replaceBy}
        onChange={setReplaceBy}
      />
      {dry.isError && <ProblemAlert error={dry.error} />}
      {dry.data && dry.data.length > 0 && <Consequences items={dry.data} />}
    </ConfirmDialog>
  );
}
