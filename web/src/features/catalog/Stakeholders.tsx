import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Modal,
  SegmentedControl,
  Skeleton,
  Stack,
  Table,
  Title,
} from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { personPicker, teamPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { t } from "./text";

type Stakeholder = Schema<"StakeholderView">;
const parts = ["responsible", "accountable", "consulted", "informed"] as const;

/** Who has which part in an application: responsible, accountable, consulted, informed. */
export function Stakeholders({ application, name }: { application: string; name: string }) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Stakeholder | "new">();
  const [leaving, setLeaving] = useState<Stakeholder>();
  const query = useQuery({
    queryKey: keys.part("application", application, "stakeholders"),
    queryFn: async ({ signal }) => {
      const answer = await api.GET("/api/v1/applications/{id}/stakeholders", {
        params: { path: { id: application } },
        signal,
      });
      const list = await ok(Promise.resolve(answer));
      return { ...list, etag: answer.response.headers.get("ETag") ?? "*" };
    },
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("application") });
  const may = (act: string) => query.data?.actions.includes(act) ?? false;
  const header = { "If-Match": query.data?.etag ?? "*" };
  return (
    <section aria-label={t("stakeholders.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("stakeholders.title")}</Title>
        {may("add") && (
          <Button size="compact-sm" variant="default" onClick={() => setEditing("new")}>
            {t("stakeholders.add")}
          </Button>
        )}
      </Group>
      {query.isPending ? (
        <Skeleton h={120} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data.items.length === 0 ? (
        <EmptyState title={t("stakeholders.emptyTitle")} body={t("stakeholders.emptyBody")} />
      ) : (
        <Table.ScrollContainer minWidth={320}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("stakeholders.who")}</Table.Th>
                <Table.Th>{t("stakeholders.parts")}</Table.Th>
                <Table.Th w={80} aria-label={t("moreActs")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {query.data.items.map((s) => (
                <Table.Tr key={s.id}>
                  <Table.Td>{s.name}</Table.Td>
                  <Table.Td>
                    {parts
                      .filter((p) => s[p])
                      .map((p) => t(`stakeholders.${p}`))
                      .concat(s.roles)
                      .join(", ")}
                  </Table.Td>
                  <Table.Td>
                    <Group gap={0} wrap="nowrap" justify="flex-end">
                      {may("edit") && (
                        <ActionIcon
                          aria-label={t("stakeholders.editOf", { name: s.name })}
                          onClick={() => setEditing(s)}
                        >
                          <IconPencil size={16} />
                        </ActionIcon>
                      )}
                      {may("remove") && (
                        <ActionIcon
                          aria-label={t("stakeholders.removeOf", { name: s.name })}
                          onClick={() => setLeaving(s)}
                        >
                          <IconTrash size={16} />
                        </ActionIcon>
                      )}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {editing && (
        <StakeholderForm
          application={application}
          stakeholder={editing === "new" ? undefined : editing}
          header={header}
          onClose={() => setEditing(undefined)}
          onSaved={async () => {
            await refresh();
            setEditing(undefined);
          }}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("stakeholders.removeTitle", { who: leaving?.name, name })}
        body={t("stakeholders.removeBody")}
        verb={t("stakeholders.remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/applications/{id}/stakeholders/{stakeholderId}", {
              params: { path: { id: application, stakeholderId: leaving?.id ?? "" }, header },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function StakeholderForm({
  application,
  stakeholder,
  header,
  onClose,
  onSaved,
}: {
  application: string;
  stakeholder?: Stakeholder;
  header: { "If-Match": string };
  onClose: () => void;
  onSaved: () => Promise<void>;
}) {
  const [kind, setKind] = useState<"person" | "team">(stakeholder?.teamId ? "team" : "person");
  const [who, setWho] = useState<string | null>(stakeholder?.personId ?? stakeholder?.teamId ?? null);
  const [chosen, setChosen] = useState<string[]>(parts.filter((p) => stakeholder?.[p]));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    const raci = Object.fromEntries(parts.map((p) => [p, chosen.includes(p)]));
    try {
      if (stakeholder)
        await ok(
          api.PATCH("/api/v1/applications/{id}/stakeholders/{stakeholderId}", {
            params: { path: { id: application, stakeholderId: stakeholder.id }, header },
            body: raci,
          }),
        );
      else
        await ok(
          api.POST("/api/v1/applications/{id}/stakeholders", {
            params: { path: { id: application } },
            body: { ...raci, ...(kind === "team" ? { teamId: who ?? "" } : { personId: who ?? "" }) },
          }),
        );
      await onSaved();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={stakeholder ? t("stakeholders.editOf", { name: stakeholder.name }) : t("stakeholders.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        {!stakeholder && (
          <>
            <SegmentedControl
              aria-label={t("stakeholders.who")}
              value={kind}
              onChange={(v) => {
                setKind(v as "person" | "team");
                setWho(null);
              }}
              data={[
                { value: "person", label: t("stakeholders.person") },
                { value: "team", label: t("stakeholders.team") },
              ]}
            />
            <RemotePicker
              key={kind}
              label={kind === "team" ? t("stakeholders.team") : t("stakeholders.person")}
              source={kind === "team" ? teamPicker : personPicker}
              value={who}
              onChange={setWho}
              data-autofocus
            />
          </>
        )}
        <Checkbox.Group label={t("stakeholders.parts")} value={chosen} onChange={setChosen}>
          <Stack gap={8} mt={6}>
            {parts.map((p) => (
              <Checkbox key={p} value={p} label={t(`stakeholders.${p}`)} description={t(`stakeholders.about.${p}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!who || chosen.length === 0} onClick={() => void save()}>
            {stakeholder ? t("save") : t("stakeholders.add")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
