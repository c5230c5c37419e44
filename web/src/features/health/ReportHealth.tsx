import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useProblemForm } from "@/components/useProblemForm";
import { healthWord } from "./Marks";

import { t } from "./text";

const said = ["online", "issue", "offline", "unknown"] as const;

/** A person says how an environment is, as a monitor would. */
export function ReportHealth({
  environment,
  opened,
  onClose,
}: {
  environment?: { id: string; name: string };
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={environment ? t("report.titleOf", { name: environment.name }) : t("report.title")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      {opened && <Fields environment={environment} onClose={onClose} />}
    </Modal>
  );
}

function Fields({ environment, onClose }: { environment?: { id: string; name: string }; onClose: () => void }) {
  const client = useQueryClient();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: {
      environment: environment?.id ?? (null as string | null),
      health: "online" as string,
      message: "",
      link: "",
    },
    validate: { environment: (v) => (v ? null : t("needEnvironment")) },
  });
  const submit = () =>
    send(async (v) => {
      const done = await ok(
        api.POST("/api/v1/health-events", {
          body: {
            environment: v.environment ?? "",
            health: v.health,
            message: v.message || undefined,
            link: v.link || undefined,
          },
        }),
      );
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.all("health") }),
        client.invalidateQueries({ queryKey: keys.all("environment") }),
        client.invalidateQueries({ queryKey: keys.all("outage") }),
      ]);
      notifications.show({
        message: done.outage
          ? t(done.outage.open ? "report.opened" : "report.ended", { title: done.outage.title })
          : t("report.done", { health: healthWord(done.current) }),
      });
    });
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit().then((done) => done && onClose());
      }}
    >
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        {!environment && (
          <RemotePicker
            label={t("environment")}
            source={environmentPicker}
            value={form.values.environment}
            error={form.errors.environment}
            onChange={(v) => form.setFieldValue("environment", v)}
            data-autofocus
          />
        )}
        <Select
          label={t("health")}
          description={t("report.about")}
          allowDeselect={false}
          data={said.map((h) => ({ value: h, label: healthWord(h) }))}
          {...form.getInputProps("health")}
        />
        <Textarea label={t("report.message")} maxLength={4000} {...form.getInputProps("message")} />
        <TextInput label={t("report.link")} autoComplete="off" {...form.getInputProps("link")} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("report.verb")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
