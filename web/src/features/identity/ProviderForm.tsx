import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Modal,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ifMatch, ok } from "@/api/client";
import { useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import type { Provider } from "./ProvidersPage";
import { t } from "./text";

interface GroupRole {
  group: string;
  roleId: string;
  unitId: string;
}
interface Values extends Record<string, unknown> {
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  groupsClaim: string;
  groupRoles: GroupRole[];
  allowedDomains: string;
  autoProvision: boolean;
  defaultUnitId: string;
  trustUnmarkedEmails: boolean;
  enabled: boolean;
}

const empty: Values = {
  name: "",
  issuer: "",
  clientId: "",
  clientSecret: "",
  groupsClaim: "groups",
  groupRoles: [],
  allowedDomains: "",
  autoProvision: false,
  defaultUnitId: "",
  trustUnmarkedEmails: false,
  enabled: true,
};

const valuesOf = (p: Provider): Values => ({
  name: p.name,
  issuer: p.issuer,
  clientId: p.clientId,
  clientSecret: "",
  groupsClaim: p.groupsClaim,
  groupRoles: p.groupRoles,
  allowedDomains: p.allowedDomains.join("\n"),
  autoProvision: p.autoProvision,
  defaultUnitId: p.defaultUnitId ?? "",
  trustUnmarkedEmails: p.trustUnmarkedEmails,
  enabled: p.enabled,
});

function body(v: Values) {
  return {
    ...v,
    name: v.name.trim(),
    issuer: v.issuer.trim(),
    clientId: v.clientId.trim(),
    // An empty secret keeps the one that is sealed.
    clientSecret: v.clientSecret || undefined,
    allowedDomains: v.allowedDomains
      .split(/[\s,]+/)
      .map((d) => d.trim())
      .filter(Boolean),
    defaultUnitId: v.defaultUnitId || undefined,
    groupRoles: v.groupRoles.filter((g) => g.group.trim()),
  };
}

export function ProviderForm({
  provider,
  opened,
  onClose,
}: {
  provider?: Provider;
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={provider ? t("providers.editTitle", { name: provider.name }) : t("providers.add")}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Fields key={provider?.id ?? "new"} provider={provider} onClose={onClose} />
    </Modal>
  );
}

function Fields({ provider, onClose }: { provider?: Provider; onClose: () => void }) {
  const client = useQueryClient();
  const { data: units = [] } = useUnits();
  const roles = useQuery({
    queryKey: keys.list("role", { all: true }),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/roles", { signal }))).items,
  });
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: provider ? valuesOf(provider) : empty,
    validate: {
      name: (v) => (v.trim() ? null : t("providers.needName")),
      issuer: (v) => (/^https?:\/\//.test(v.trim()) ? null : t("providers.needIssuer")),
      clientId: (v) => (v.trim() ? null : t("providers.needClient")),
    },
  });
  const v = form.values;
  const stale = useStaleSave<Values>({
    name: provider?.name ?? "",
    labels: {
      name: t("providers.name"),
      issuer: t("providers.issuer"),
      clientId: t("providers.clientId"),
      clientSecret: t("providers.clientSecret"),
      groupsClaim: t("providers.groupsClaim"),
      groupRoles: t("providers.groupRoles"),
      allowedDomains: t("providers.domains"),
      autoProvision: t("providers.auto"),
      defaultUnitId: t("providers.defaultUnit"),
      trustUnmarkedEmails: t("providers.trust"),
      enabled: t("providers.enabled"),
    },
    read: (p: Provider) => valuesOf(p),
    put: (values, version) =>
      ok(
        api.PATCH("/api/v1/identity-providers/{id}", {
          params: { path: { id: provider?.id ?? "" }, header: { "If-Match": ifMatch(version) } },
          body: body(values),
        }),
      ),
  });
  const submit = async () => {
    let kept = true;
    const done = await send(async (values) => {
      if (provider) kept = await stale.save(valuesOf(provider), values, provider.version);
      else await ok(api.POST("/api/v1/identity-providers", { body: body(values) }));
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("identity_provider") });
    if (kept) notifications.show({ message: t("saved", { name: v.name }) });
    onClose();
  };
  const setGroup = (i: number, patch: Partial<GroupRole>) =>
    form.setFieldValue(
      "groupRoles",
      v.groupRoles.map((g, j) => (j === i ? { ...g, ...patch } : g)),
    );
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
          label={t("providers.name")}
          description={t("providers.nameAbout")}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <TextInput
          label={t("providers.issuer")}
          description={t("providers.issuerAbout")}
          {...form.getInputProps("issuer")}
        />
        <TextInput label={t("providers.clientId")} autoComplete="off" {...form.getInputProps("clientId")} />
        <PasswordInput
          label={t("providers.clientSecret")}
          description={provider?.hasSecret ? t("providers.secretKept") : undefined}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
          {...form.getInputProps("clientSecret")}
        />
        <Textarea
          label={t("providers.domains")}
          description={t("providers.domainsAbout")}
          {...form.getInputProps("allowedDomains")}
        />
        <Checkbox
          label={t("providers.auto")}
          description={t("providers.autoAbout")}
          {...form.getInputProps("autoProvision", { type: "checkbox" })}
        />
        {v.autoProvision && (
          <TreeSelect
            label={t("providers.defaultUnit")}
            items={units}
            clearable
            value={v.defaultUnitId}
            onChange={(id) => form.setFieldValue("defaultUnitId", id ?? "")}
            error={form.errors.defaultUnitId}
          />
        )}
        <Checkbox
          label={t("providers.trust")}
          description={t("providers.trustAbout")}
          {...form.getInputProps("trustUnmarkedEmails", { type: "checkbox" })}
        />
        <TextInput
          label={t("providers.groupsClaim")}
          description={t("providers.groupsAbout")}
          {...form.getInputProps("groupsClaim")}
        />
        <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
          <Text component="legend" size="sm" fw={600} mb={4}>
            {t("providers.groupRoles")}
          </Text>
          {form.errors.groupRoles && (
            <Text size="xs" c="var(--status-bad)">
              {form.errors.groupRoles}
            </Text>
          )}
          <Stack gap="xs">
            {v.groupRoles.map((g, i) => (
              <Group key={i} gap="xs" wrap="nowrap" align="flex-end">
                <TextInput
                  flex={1}
                  label={t("providers.group")}
                  value={g.group}
                  onChange={(e) => setGroup(i, { group: e.currentTarget.value })}
                />
                <Select
                  flex={1}
                  label={t("providers.role")}
                  data={(roles.data ?? []).map((r) => ({ value: r.id, label: r.name }))}
                  value={g.roleId || null}
                  onChange={(id) => setGroup(i, { roleId: id ?? "" })}
                />
                <TreeSelect
                  flex={1}
                  label={t("providers.unit")}
                  items={units}
                  value={g.unitId}
                  onChange={(id) => setGroup(i, { unitId: id ?? "" })}
                />
                <ActionIcon
                  aria-label={t("providers.removeGroup", { name: g.group })}
                  onClick={() =>
                    form.setFieldValue(
                      "groupRoles",
                      v.groupRoles.filter((_, j) => j !== i),
                    )
                  }
                >
                  <IconX size={16} />
                </ActionIcon>
              </Group>
            ))}
            <Group>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() =>
                  form.setFieldValue("groupRoles", [
                    ...v.groupRoles,
                    { group: "", roleId: "", unitId: units[0]?.id ?? "" },
                  ])
                }
              >
                {t("providers.addGroup")}
              </Button>
            </Group>
          </Stack>
        </fieldset>
        <Switch label={t("providers.enabled")} {...form.getInputProps("enabled", { type: "checkbox" })} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {provider ? t("save") : t("providers.add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
