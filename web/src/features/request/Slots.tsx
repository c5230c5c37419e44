import { Button, Group, Modal, Skeleton, Stack, TextInput, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { ZoneSelect } from "@/components/ZoneSelect";
import { zoneName } from "@/lib/time";
import { useSlots } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

type Slot = Schema<"RequestSlot">;

/** The named stretches of a day that lines choose from. */
export function Slots() {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Slot | "new">();
  const [leaving, setLeaving] = useState<Slot>();
  const query = useSlots();
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("booking_time_slot") });
  return (
    <section aria-label={t("slots.title")}>
      <Title order={2}>{t("slots.title")}</Title>
      {query.isPending ? (
        <Skeleton h={80} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <PartTable
          label={t("slots.title")}
          add={t("slots.add")}
          onAdd={() => setEditing("new")}
          empty={query.data.length === 0}
          title={t("slots.emptyTitle")}
          body={t("slots.emptyBody")}
          head={[t("name"), t("time"), t("zone")]}
          rows={query.data.map((s) => ({
            id: s.id,
            name: s.name,
            cells: [s.name, `${s.from} – ${s.to}`, s.zone],
            onEdit: () => setEditing(s),
            onRemove: () => setLeaving(s),
          }))}
        />
      )}
      {editing && (
        <SlotForm
          slot={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={refresh}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("remove", { name: leaving?.name })}
        body={t("slots.removeBody")}
        verb={t("delete")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/booking-time-slots/{id}", {
              params: { path: { id: leaving?.id ?? "" }, header: { "If-Match": ifMatch(leaving?.version ?? 0) } },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function SlotForm({ slot, onClose, onSaved }: { slot?: Slot; onClose: () => void; onSaved: () => Promise<unknown> }) {
  useFocusBack();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: {
      name: slot?.name ?? "",
      from: slot?.from ?? "08:00",
      to: slot?.to ?? "12:00",
      zone: slot?.zone ?? zoneName(),
    },
  });
  const save = async () => {
    const saved = await send(async (v) => {
      const body = { ...v, name: v.name.trim() };
      if (slot)
        await ok(
          api.PATCH("/api/v1/booking-time-slots/{id}", {
            params: { path: { id: slot.id }, header: { "If-Match": ifMatch(slot.version) } },
            body,
          }),
        );
      else await ok(api.POST("/api/v1/booking-time-slots", { body }));
      await onSaved();
    });
    if (saved) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={slot ? t("slots.edit") : t("slots.add")}
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
            <TextInput type="time" label={t("from")} required {...form.getInputProps("from")} />
            <TextInput
              type="time"
              label={t("to")}
              description={t("slots.toAbout")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              required
              {...form.getInputProps("to")}
            />
          </Group>
          <ZoneSelect
            label={t("zone")}
            allowDeselect={false}
            value={form.getValues().zone}
            error={form.errors.zone}
            onChange={(z) => z && form.setFieldValue("zone", z)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!form.getValues().name.trim()}>
              {slot ? t("save") : t("slots.add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
