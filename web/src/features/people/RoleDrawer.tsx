import { Button, Group, List, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { Consequences } from "./Consequences";
import { type Role, useRole, version } from "./queries";
import { howMany } from "./RolesPage";
import { t } from "./text";
import { bySlice, usePermissions } from "./usePermissions";

export function RoleDrawer({
  id,
  onClose,
  onEdit,
}: {
  id: string | undefined;
  onClose: () => void;
  onEdit: (role: Role) => void;
}) {
  const role = useRole(id);
  const permissions = usePermissions();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const r = role.data;
  const params = { path: { id: id ?? "" }, ...version(r?.version ?? 0) };
  const held = (permissions.data ?? []).filter((p) => r?.allPermissions || r?.permissions.includes(p.permission));
  return (
    <>
      <DetailDrawer
        opened={Boolean(id)}
        onClose={onClose}
        kind={t("roles.role")}
        title={r?.name ?? ""}
        loading={role.isPending}
        error={role.error ?? undefined}
        onRetry={() => void role.refetch()}
        acts={
          r?.actions.includes("edit") && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={() => onEdit(r)}>
                {t("roles.edit")}
              </Button>
              {r.actions.includes("delete") && (
                <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={() => setDeleting(true)}>
                  {t("roles.delete")}
                </Button>
              )}
            </Group>
          )
        }
      >
        {r && (
          <>
            <Facts
              items={[
                [t("roles.description"), r.description],
                [t("roles.kind"), r.builtIn ? t("roles.builtIn") : t("roles.own")],
                [t("roles.permissions"), howMany(r)],
                [
                  t("roles.held"),
                  <Link key="held" to="/people/grants" search={{ role: r.id } as never}>
                    {t("tabs.grants")}
                  </Link>,
                ],
              ]}
            />
            {bySlice(held).map(([slice, list]) => (
              <section key={slice}>
                <Title order={3} mt="md" mb={4} tt="capitalize">
                  {slice}
                </Title>
                <List size="sm" spacing={2}>
                  {list.map((p) => (
                    <List.Item key={p.permission}>
                      {p.title}{" "}
                      <Text span size="xs" c="dimmed" ff="monospace">
                        {p.permission}
                      </Text>
                    </List.Item>
                  ))}
                </List>
              </section>
            ))}
          </>
        )}
      </DetailDrawer>
      <ConfirmDialog
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={t("roles.deleteTitle", { name: r?.name })}
        body={t("roles.deleteBody")}
        verb={t("roles.delete")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/roles/{id}", { params }));
          notifications.show({ message: t("roles.deleted", { name: r?.name }) });
          onClose();
          await client.invalidateQueries({ queryKey: ["role", "list"] });
        }}
      >
        <Consequences
          of={["role", id, String(r?.version)]}
          enabled={deleting && Boolean(r)}
          ask={async () =>
            (await ok(api.DELETE("/api/v1/roles/{id}", { params: { ...params, query: { dryRun: true } } })))
              .consequences
          }
        />
      </ConfirmDialog>
    </>
  );
}
