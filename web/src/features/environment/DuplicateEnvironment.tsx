import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { type Environment, environmentAddress } from "./queries";
import { t } from "./text";

/** Makes an environment like another; one chooses what comes along. */
export function DuplicateEnvironment({ environment, onClose }: { environment?: Environment; onClose: () => void }) {
  return (
    <Modal
      opened={Boolean(environment)}
      onClose={onClose}
      title={t("duplicate.title", { name: environment?.name })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      {environment && <Fields key={environment.id} environment={environment} onClose={onClose} />}
    </Modal>
  );
}

const parts = ["stack", "versions", "configuration", "groups"] as const;

function Fields({ environment, onClose }: { environment: Environment; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { key: "", name: "", stack: true, versions: false, configuration: true, groups: false },
    validate: { key: (v: string) => (v.trim() ? null : t("needKey")) },
  });
  const submit = () =>
    send(async (v) => {
      const made = await ok(
        api.POST("/api/v1/environments/{id}/duplicate", {
          params: { path: { id: environment.id } },
          body: { ...v, name: v.name || undefined, versions: v.stack && v.versions },
        }),
      );
      await client.invalidateQueries({ queryKey: keys.all("environment") });
      notifications.show({ message: t("duplicate.done", { name: made.name }) });
      onClose();
      await navigate({ to: environmentAddress(made.id) });
    });
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
        <TextInput
          label={t("key")}
          description={t("keyAbout")}
          data-autofocus
          autoComplete="off"
          {...form.getInputProps("key")}
        />
        <TextInput label={t("name")} description={t("nameAbout")} autoComplete="off" {...form.getInputProps("name")} />
        {parts.map((p) => (
          <Checkbox
            key={p}
            label={t(`duplicate.${p}`)}
            disabled={p === "versions" && !form.values.stack}
            {...form.getInputProps(p, { type: "checkbox" })}
          />
        ))}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("duplicate.verb")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
