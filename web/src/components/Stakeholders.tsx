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
import { ConfirmDialog } from "./ConfirmDialog";
import { EmptyState } from "./EmptyState";
import { ProblemAlert } from "./ProblemAlert";
import { RemotePicker } from "./RemotePicker";
import { t } from "./text";

type Stakeholder = Schema<"StakeholderView">;
const parts = ["responsible", "accountable", "consulted", "informed"] as const;

/** The records that have stakeholders, by where their list lies. */
const places = {
  application: "/api/v1/applications/{id}/stakeholders",
  environment: "/api/v1/environments/{id}/stakeholders",
  environment_group: "/api/v1/environment-groups/{id}/stakeholders",
} as const;
type Kind = keyof typeof places;

// The lists are alike wherever they lie, so the typed client takes one of their addresses for all.
const listOf = (kind: Kind) => places[kind] as (typeof places)["application"];
const oneOf = (kind: Kind) => `${places[kind]}/{stakeholderId}` as `${(typeof places)["application"]}/{stakeholderId}`;

/** Who has which part in a record: responsible, accountable, consulted, informed. */
export function Stakeholders({ kind, id, name }: { kind: Kind; id: string; name: string }) {
  const client = useQueryClient();
  const [editing, setEditing] = useState<Stakeholder | "new">();
  const [leaving, setLeaving] = useState<Stakeholder>();
  const query = useQuery({
    queryKey: keys.part(kind, id, "stakeholders"),
    queryFn: async ({ signal }) => {
      const answer = await api.GET(listOf(kind), { params: { path: { id } }, signal });
      const list = await ok(Promise.resolve(answer));
      return { ...list, etag: answer.response.headers.get("ETag") ?? "*" };
    },
  });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all(kind) });
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
                <Table.Th w={80} aria-label={t("part.acts")} />
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
          kind={kind}
          id={id}
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
            api.DELETE(oneOf(kind), {
              params: { path: { id, stakeholderId: leaving?.id ?? "" }, header },
            }),
          );
          await refresh();
        }}
      />
    </section>
  );
}

function StakeholderForm({
  kind: of,
  id,
  stakeholder,
  header,
  onClose,
  onSaved,
}: {
  kind: Kind;
  id: string;
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
          api.PATCH(oneOf(of), {
            params: { path: { id, stakeholderId: stakeholder.id }, header },
            body: raci,
          }),
        );
      else
        await ok(
          api.POST(listOf(of), {
            params: { path: { id } },
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
