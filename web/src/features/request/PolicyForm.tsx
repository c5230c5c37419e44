import { Button, Checkbox, Group, Radio, Stack, Switch, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { t } from "./text";

const needs = ["description", "assignee", "release", "phase"] as const;

/** What a booking request has before it is sent, and what it may not be. */
export function PolicyForm({ policy }: { policy: Schema<"RequestPolicy"> }) {
  const client = useQueryClient();
  const { version, ...values } = policy;
  const { form, problem, busy, send } = useProblemForm({ initialValues: values });
  const save = () =>
    send(async (v) => {
      await ok(api.PUT("/api/v1/request-policy", { params: { header: { "If-Match": ifMatch(version) } }, body: v }));
      await client.invalidateQueries({ queryKey: keys.all("request_policy") });
      notifications.show({ message: t("policy.saved") });
    });
  return (
    <form
      aria-label={t("policy.title")}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Title order={2} mb="xs">
        {t("policy.title")}
      </Title>
      <Stack gap="sm">
        {problem && <ProblemAlert error={problem} />}
        <Checkbox.Group label={t("policy.mandatory")} {...form.getInputProps("mandatory")}>
          <Group gap="md" mt={6}>
            {needs.map((n) => (
              <Checkbox key={n} value={n} label={t(n)} />
            ))}
          </Group>
        </Checkbox.Group>
        {(["insideWindow", "noPastStart", "slotsOnly"] as const).map((n) => (
          <Switch key={n} label={t(`policy.${n}`)} {...form.getInputProps(n, { type: "checkbox" })} />
        ))}
        <Radio.Group label={t("policy.announce")} {...form.getInputProps("announceOutages")}>
          <Group gap="md" mt={6}>
            {(["created", "scheduled"] as const).map((x) => (
              <Radio key={x} value={x} label={t(`policy.announced.${x}`)} />
            ))}
          </Group>
        </Radio.Group>
        <Group>
          <Button type="submit" loading={busy} disabled={!form.isDirty()}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
