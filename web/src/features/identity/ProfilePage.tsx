import { Button, Group, PasswordInput, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useMe } from "@/api/session";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import { browserName } from "./browserName";
import { passwordRules } from "./NewPassword";
import { t } from "./text";

/** Who the reader is, what they may do, their password and where they are signed in. */
export function ProfilePage() {
  const me = useMe();
  const unitName = useUnitName();
  if (!me) return null;
  return (
    <Stack gap="xl" py="lg">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <section>
          <Title order={2} mb="xs">
            {t("profile.who")}
          </Title>
          <Facts
            items={[
              [t("profile.name"), me.name],
              [t("profile.email"), me.person?.email],
              [t("profile.unit"), unitName(me.person?.unitId)],
            ]}
          />
        </section>
        <section>
          <Title order={2} mb="xs">
            {t("profile.roles")}
          </Title>
          {me.grants.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("profile.noRoles")}
            </Text>
          ) : (
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("profile.role")}</Table.Th>
                  <Table.Th>{t("profile.on")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {me.grants.map((g) => (
                  <Table.Tr key={g.id}>
                    <Table.Td>
                      {g.roleName}
                      {g.teamId && (
                        <Text span size="xs" c="dimmed">
                          {" "}
                          {t("profile.team")}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>{g.unitName}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </section>
      </SimpleGrid>
      <Password has={me.account?.hasPassword ?? false} />
      <Sessions />
    </Stack>
  );
}

function Password({ has }: { has: boolean }) {
  const client = useQueryClient();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { currentPassword: "", password: "", again: "" },
    validate: passwordRules,
  });
  return (
    <section>
      <Title order={2} mb="xs">
        {t("profile.password")}
      </Title>
      {has ? (
        <form
          noValidate
          onSubmit={async (e) => {
            e.preventDefault();
            const done = await send(({ currentPassword, password }) =>
              ok(api.POST("/api/v1/me/password", { body: { currentPassword, password } })),
            );
            if (!done) return;
            form.reset();
            notifications.show({ message: t("profile.changed") });
            await client.invalidateQueries({ queryKey: keys.all("session") });
          }}
        >
          <Stack gap="sm" maw={400}>
            {problem && <ProblemAlert error={problem} />}
            <PasswordInput
              label={t("profile.current")}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
              {...form.getInputProps("currentPassword")}
            />
            <PasswordInput
              label={t("profile.new")}
              description={t("setup.passwordAbout")}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
              {...form.getInputProps("password")}
            />
            <PasswordInput
              label={t("setup.again")}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
              {...form.getInputProps("again")}
            />
            <Group>
              <Button type="submit" variant="default" loading={busy}>
                {t("profile.change")}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Text size="sm" c="dimmed">
          {t("profile.noPassword")}
        </Text>
      )}
    </section>
  );
}

function Sessions() {
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: keys.list("session"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/me/sessions", { signal }))).items,
  });
  const end = async (act: () => Promise<unknown>) => {
    try {
      await act();
      notifications.show({ message: t("profile.ended") });
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await client.invalidateQueries({ queryKey: keys.all("session") });
  };
  const list = sessions.data ?? [];
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("profile.sessions")}</Title>
        {list.length > 1 && (
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => void end(() => ok(api.DELETE("/api/v1/me/sessions")))}
          >
            {t("profile.endOthers")}
          </Button>
        )}
      </Group>
      {sessions.isError ? (
        <ProblemAlert error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : (
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("profile.session")}</Table.Th>
                <Table.Th>{t("profile.address")}</Table.Th>
                <Table.Th>{t("profile.since")}</Table.Th>
                <Table.Th>{t("profile.seen")}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((s) => {
                const name = browserName(s.userAgent) ?? t("profile.unknown");
                return (
                  <Table.Tr key={s.id}>
                    <Table.Td>{name}</Table.Td>
                    <Table.Td>{s.address}</Table.Td>
                    <Table.Td>
                      <TimeText value={s.createdAt} />
                    </Table.Td>
                    <Table.Td>
                      <TimeText value={s.lastSeenAt} as="relative" />
                    </Table.Td>
                    <Table.Td ta="right">
                      {s.current ? (
                        <StatusBadge tone="good">{t("profile.this")}</StatusBadge>
                      ) : (
                        <Button
                          size="compact-sm"
                          variant="default"
                          aria-label={t("profile.endName", { name })}
                          onClick={() =>
                            void end(() =>
                              ok(api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id: s.id } } })),
                            )
                          }
                        >
                          {t("profile.end")}
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}
