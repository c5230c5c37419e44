import { Button, Checkbox, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useStaleSave } from "@/components/useStaleSave";
import { type Role, version } from "./queries";
import { t } from "./text";
import { bySlice, usePermissions } from "./usePermissions";

interface Values extends Record<string, unknown> {
  name: string;
  description: string;
  permissions: string[];
}

const valuesOf = (r: Role): Values => ({
  name: r.name,
  description: r.description ?? "",
  permissions: [...r.permissions].sort(),
});

export function RoleForm({ role, opened, onClose }: { role?: Role; opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={role ? t("roles.editTitle", { name: role.name }) : t("roles.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields key={role?.id ?? "new"} role={role} onClose={onClose} />
    </Modal>
  );
}

function Fields({ role, onClose }: { role?: Role; onClose: () => void }) {
  const client = useQueryClient();
  const permissions = usePermissions();
  const { form, problem, busy, send } = useProblemForm<Values>({
    initialValues: role ? valuesOf(role) : { name: "", description: "", permissions: [] },
    validate: {
      name: (v) => (v.trim() ? null : t("roles.needName")),
      permissions: (v) => (v.length || role?.allPermissions ? null : t("roles.needPermission")),
    },
  });
  const titles = new Map(permissions.data?.map((p) => [p.permission, p.title]));
  const stale = useStaleSave<Values>({
    name: role?.name ?? "",
    labels: {
      name: t("roles.name"),
      description: t("roles.description"),
      permissions: t("roles.permissions"),
    },
    read: (r: Role) => valuesOf(r),
    show: (_, value) => (Array.isArray(value) ? value.map((p) => titles.get(p) ?? p).join(", ") : String(value)),
    put: (v, based) =>
      ok(
        api.PATCH("/api/v1/roles/{id}", {
          params: { path: { id: role?.id ?? "" }, ...version(based) },
          body: {
            name: v.name,
            description: v.description,
            permissions: role?.allPermissions ? undefined : v.permissions,
          },
        }),
      ),
  });
  const submit = async () => {
    let kept = true;
    const done = await send(async (v) => {
      const sorted = { ...v, name: v.name.trim(), permissions: [...v.permissions].sort() };
      if (role) kept = await stale.save(valuesOf(role), sorted, role.version);
      else await ok(api.POST("/api/v1/roles", { body: sorted }));
    });
    if (!done) return;
    await client.invalidateQueries({ queryKey: keys.all("role") });
    if (kept) notifications.show({ message: t("saved", { name: form.values.name }) });
    onClose();
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
        <TextInput label={t("roles.name")} data-autofocus {...form.getInputProps("name")} />
        <Textarea label={t("roles.description")} {...form.getInputProps("description")} />
        {role?.allPermissions ? (
          <Text size="sm">{t("roles.all")}</Text>
        ) : (
          <Checkbox.Group
            label={t("roles.permissions")}
            error={form.errors.permissions}
            value={form.values.permissions}
            onChange={(v) => form.setFieldValue("permissions", v)}
          >
            <Stack gap="md" mt="xs" mah={360} style={{ overflowY: "auto" }}>
              {permissions.isError && (
                <ProblemAlert error={permissions.error} onRetry={() => void permissions.refetch()} />
              )}
              {bySlice(permissions.data ?? []).map(([slice, list]) => (
                <div key={slice}>
                  <Text size="xs" fw={600} c="dimmed" mb={4} tt="capitalize">
                    {slice}
                  </Text>
                  <Stack gap={6}>
                    {list.map((p) => (
                      <Checkbox key={p.permission} value={p.permission} label={p.title} />
                    ))}
                  </Stack>
                </div>
              ))}
            </Stack>
          </Checkbox.Group>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {role ? t("roles.save") : t("roles.add")}
          </Button>
        </Group>
      </Stack>
      {stale.dialog}
    </form>
  );
}
