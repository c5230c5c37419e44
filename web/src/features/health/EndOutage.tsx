import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { fromMinute, minuteOf } from "@/lib/day";
import { healthWord } from "./Marks";
import { useOutageRefresh } from "./OutageForm";
import { type OutageView, version } from "./queries";
import { t } from "./text";

/** How an environment can be after an outage. */
const afterwards = ["online", "issue", "unknown"] as const;

export function EndOutage({ outage: o, onClose }: { outage: OutageView; onClose: () => void }) {
  const refresh = useOutageRefresh();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { at: minuteOf(new Date().toISOString()), health: "" },
    validate: { at: (v: string) => (v ? null : t("needEnd")) },
  });
  const [opened] = useState(form.values.at);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("outage.endTitle", { title: o.title })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void send(async (v) => {
            await ok(
              api.POST("/api/v1/outages/{id}/end", {
                params: { path: { id: o.id }, ...version(o.version) },
                // What was left as it stood means this very moment.
                body: {
                  at: v.at === opened ? undefined : fromMinute(v.at),
                  health: afterwards.find((h) => h === v.health),
                },
              }),
            );
            await refresh();
            notifications.show({ message: t("outage.hasEnded", { title: o.title }) });
          }).then((done) => done && onClose());
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <Text size="sm">{t("outage.endAbout", { name: o.environmentName })}</Text>
          <TextInput type="datetime-local" label={t("outage.endedAt")} data-autofocus {...form.getInputProps("at")} />
          <NativeSelect
            label={t("outage.afterwards")}
            description={t("outage.afterwardsAbout")}
            data={[
              { value: "", label: t("outage.afterwardsUsual") },
              ...afterwards.map((h) => ({ value: h, label: healthWord(h) })),
            ]}
            {...form.getInputProps("health")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("outage.end")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
