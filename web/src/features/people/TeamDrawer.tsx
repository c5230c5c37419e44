import { ActionIcon, Button, Group, Switch, Table, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { RemotePicker } from "@/components/RemotePicker";
import { Consequences } from "./Consequences";
import { type Team, type TeamWithMembers, useTeam, version } from "./queries";
import { t } from "./text";

export function TeamDrawer({
  id,
  onClose,
  onEdit,
}: {
  id: string | undefined;
  onClose: () => void;
  onEdit: (team: Team) => void;
}) {
  const team = useTeam(id);
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const x = team.data;
  const params = { path: { id: id ?? "" }, ...version(x?.version ?? 0) };
  return (
    <>
      <DetailDrawer
        opened={Boolean(id)}
        onClose={onClose}
        kind={t("teams.team")}
        title={x?.name ?? ""}
        loading={team.isPending}
        error={team.error ?? undefined}
        onRetry={() => void team.refetch()}
        acts={
          x?.actions.includes("edit") && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={() => onEdit(x)}>
                {t("teams.edit")}
              </Button>
              <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={() => setDeleting(true)}>
                {t("teams.delete")}
              </Button>
            </Group>
          )
        }
      >
        {x && (
          <>
            <Facts
              items={[
                [t("teams.unit"), x.unitName],
                [t("teams.description"), x.description],
              ]}
            />
            <Members team={x} />
          </>
        )}
      </DetailDrawer>
      <ConfirmDialog
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={t("teams.deleteTitle", { name: x?.name })}
        body={t("teams.deleteBody")}
        verb={t("teams.delete")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/teams/{id}", { params }));
          notifications.show({ message: t("teams.deleted", { name: x?.name }) });
          onClose();
          await client.invalidateQueries({ queryKey: ["team", "list"] });
        }}
      >
        <Consequences
          of={["team", id, String(x?.version)]}
          enabled={deleting && Boolean(x)}
          ask={async () =>
            (await ok(api.DELETE("/api/v1/teams/{id}", { params: { ...params, query: { dryRun: true } } })))
              .consequences
          }
        />
      </ConfirmDialog>
    </>
  );
}

function Members({ team }: { team: TeamWithMembers }) {
  const client = useQueryClient();
  const [adding, setAdding] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const may = team.actions.includes("members");
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await act();
    } catch (error) {
      notifications.show({ color: "red", message: asProblem(error).message });
    }
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.all("team") }),
      client.invalidateQueries({ queryKey: keys.all("person") }),
    ]);
    setBusy(false);
  };
  const put = (personId: string, lead: boolean) =>
    ok(
      api.PUT("/api/v1/teams/{id}/members/{personId}", { params: { path: { id: team.id, personId } }, body: { lead } }),
    );
  return (
    <section>
      <Title order={3} mt="lg" mb="xs">
        {t("teams.members")}
      </Title>
      {team.members.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("teams.none")}
        </Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("persons.name")}</Table.Th>
              <Table.Th w={80}>{t("teams.lead")}</Table.Th>
              {may && <Table.Td w={44} />}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {team.members.map((m) => (
              <Table.Tr key={m.personId}>
                <Table.Td>
                  {m.name}
                  <Text size="xs" c="dimmed">
                    {m.email}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Switch
                    size="xs"
                    checked={m.lead}
                    disabled={!may || busy}
                    aria-label={t("teams.makeLead", { name: m.name })}
                    onChange={(e) => {
                      const lead = e.currentTarget.checked;
                      void run(() => put(m.personId, lead));
                    }}
                  />
                </Table.Td>
                {may && (
                  <Table.Td>
                    <ActionIcon
                      size="md"
                      disabled={busy}
                      aria-label={t("teams.removeMember", { name: m.name })}
                      onClick={() =>
                        void run(() =>
                          ok(
                            api.DELETE("/api/v1/teams/{id}/members/{personId}", {
                              params: { path: { id: team.id, personId: m.personId } },
                            }),
                          ),
                        )
                      }
                    >
                      <IconX size={16} />
                    </ActionIcon>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {may && (
        <Group align="flex-end" gap="xs" mt="sm" wrap="nowrap">
          <RemotePicker
            flex={1}
            label={t("teams.addMember")}
            source={personPicker}
            value={adding}
            onChange={setAdding}
            clearable
          />
          <Button
            variant="default"
            disabled={!adding || busy}
            onClick={() =>
              void run(async () => {
                if (adding) await put(adding, false);
                setAdding(null);
              })
            }
          >
            {t("teams.addVerb")}
          </Button>
        </Group>
      )}
    </section>
  );
}
