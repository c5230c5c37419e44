import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, ok } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { useUnitScope } from "@/lib/url";
import type { ServiceAccount } from "./ServiceAccountsPage";
import { t } from "./text";

interface Values extends Record<string, unknown> {
  name: string;
  description: string;
  unitId: string;
}
const valuesOf = (a: ServiceAccount): Values => ({ name: a.name, description: a.description, unitId: a.unitId });

export function ServiceAccountForm({
  account,
  opened,
  onClose,
  onMade,
}: {
  account?: ServiceAccount;
  opened: boolean;
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={account ? t("service.editTitle", { name: account.name }) : t("service.add")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Fields key={account?.id ?? "new"} account={account} onClose={onClose} onMade={onMade} />
    </Modal>
  );
}

function Fields({
  account,
  onClose,
  onMade,
}: {
  account?: ServiceAccount;
  onClose: () => void;
  onMade: (id: string) => void;
}) {
  const client = useQueryClient();
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const scope = useUnitScope();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: account ? valuesOf(account) : { name: "", description: "", unitId: scope ?? units[0]?.id ?? "" },
    validate: {
      name: (v) => (v.trim() ? null : t("service.needName")),
      unitId: (v) => (v ? null : t("service.needUnit")),
    },
  });
  const stale = useStaleSave<Values>({
    name: account?.name ?? "",
    labels: { name: t("service.name"), description: t("service.description"), unitId: t("service.unit") },
    read: (a: ServiceAccount) => valuesOf(a),
    show: (field, value) => (field === "unitId" ? unitName(String(value)) : String(value)),
    put: (body, version) =>
      ok(
        api.PATCH("/api/v1/service-accounts/{id}", {
          params: { path: { id: account?.id ?? "" }, header: { "If-Match": ifMatch(version) } },
          body,
        }),
      ),
  });
  const submit = async () => {
    let made: string | undefined;
    let kept = true;
    const done = await send(async (v) => {
      if (account) kept = await stale.save(valuesOf(account), v, account.version);
      else made = (await ok(api.POST("/api/v1/service-accounts", { body: { ...v, name: v.name.trim() } }))).id;
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("service_account") });
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
        <TextInput
          label={t("service.name")}
          description={t("service.nameAbout")}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <TreeSelect
          label={t("service.unit")}
          items={units}
          value={form.values.unitId}
          onChange={(id) => form.setFieldValue("unitId", id ?? "")}
          error={form.errors.unitId}
        />
        <Textarea label={t("service.description")} {...form.getInputProps("description")} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {account ? t("save") : t("service.add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
