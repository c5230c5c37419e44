import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { ChangeDialog } from "./ChangeDialog";
import { type Booking, based, usePolicy } from "./queries";
import { t } from "./text";
import { useActSize } from "./useActSize";

/** The two ways to change a booking: what it takes, with consequences, and how it is described. */
export function BookingEdits({ booking }: { booking: Booking }) {
  const [open, setOpen] = useState<"time" | "words">();
  const size = useActSize();
  if (!booking.allowedActs.includes("change")) return null;
  return (
    <>
      <Button {...size} variant="default" onClick={() => setOpen("time")}>
        {t("edit.time")}
      </Button>
      <Button {...size} variant="default" onClick={() => setOpen("words")}>
        {t("edit.words")}
      </Button>
      {open === "time" && (
        <ChangeDialog
          proposed={{
            id: booking.id,
            label: `${booking.reference} ${booking.title}`,
            to: { from: Date.parse(booking.from), to: Date.parse(booking.to) },
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      <Modal
        opened={open === "words"}
        onClose={() => setOpen(undefined)}
        title={t("edit.title", { name: booking.reference })}
        closeButtonProps={{ "aria-label": t("cancel") }}
      >
        {open === "words" && <Words booking={booking} onClose={() => setOpen(undefined)} />}
      </Modal>
    </>
  );
}

interface Values extends Record<string, unknown> {
  title: string;
  description: string;
  release: string;
  priority: string;
}
const valuesOf = (b: Booking): Values => ({
  title: b.title,
  description: b.description ?? "",
  release: b.release ?? "",
  priority: b.priority ?? "",
});

function Words({ booking, onClose }: { booking: Booking; onClose: () => void }) {
  const client = useQueryClient();
  const policy = usePolicy(booking.unitId);
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: valuesOf(booking),
    validate: { title: (v) => (v.trim() ? null : t("dialog.needTitle")) },
  });
  const stale = useStaleSave<Values>({
    name: booking.reference,
    labels: { title: t("title"), description: t("description"), release: t("release"), priority: t("priority") },
    read: (b: Booking) => valuesOf(b),
    put: (body, version) =>
      ok(
        api.PATCH("/api/v1/bookings/{id}", {
          params: { path: { id: booking.id }, header: based(version) },
          body: body as never,
        }),
      ),
  });
  const submit = async () => {
    let kept = true;
    const done = await send(async (v) => {
      kept = await stale.save(valuesOf(booking), v, booking.version);
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("booking") });
    if (kept) notifications.show({ message: t("edit.done", { reference: booking.reference }) });
    onClose();
  };
  const field = form.getInputProps;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <TextInput label={t("title")} maxLength={200} data-autofocus {...field("title")} />
        <TextInput label={t("release")} maxLength={200} {...field("release")} />
        <Select
          label={t("priority")}
          clearable
          clearButtonProps={{ "aria-label": t("dialog.usualPriority") }}
          data={(policy.data?.priorityClasses ?? []).map((c) => c.name)}
          {...field("priority")}
          value={form.values.priority || null}
          onChange={(v) => form.setFieldValue("priority", v ?? "")}
        />
        <Textarea
          label={t("description")}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={10000}
          {...field("description")}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("edit.save")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
