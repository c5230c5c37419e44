import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { api, ok } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useRefresh } from "./acts";
import { actOf, type Kind, type Window } from "./queries";
import { t } from "./text";
import { momentOf, wallOf } from "./zoned";

/** Copies a window to another time; it lasts as long. */
export function DuplicateDialog({
  kind,
  window: w,
  onClose,
  onDone,
}: {
  kind: Kind;
  window: Window;
  onClose: () => void;
  onDone: (id: string) => void;
}) {
  const refresh = useRefresh(kind);
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { name: t("copyOf", { name: w.name }), from: wallOf(w.from, w.zone) },
  });
  const save = async () => {
    let id = "";
    const saved = await send(async ({ name, from }) => {
      const copy = await ok(
        api.POST(actOf(kind, "duplicate"), {
          params: { path: { id: w.id } },
          body: { name: name.trim() || undefined, from: momentOf(from, w.zone) },
        }),
      );
      id = copy.id;
      await refresh();
    });
    if (!saved) return;
    onClose();
    onDone(id);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("duplicateTitle", { name: w.name })}
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
          <TextInput label={t("name")} maxLength={200} data-autofocus {...form.getInputProps("name")} />
          <TextInput
            type="datetime-local"
            label={t("copyFrom", { zone: w.zone })}
            required
            {...form.getInputProps("from")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!form.getValues().from}>
              {t("duplicate")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
