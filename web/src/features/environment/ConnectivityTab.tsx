import {
  Anchor,
  Button,
  Group,
  Modal,
  MultiSelect,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { groupPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { useThisGroup } from "./GroupPage";
import { LookupMark } from "./Marks";
import {
  type Connection,
  directions,
  environmentAddress,
  type GroupView,
  useConnections,
  useLookup,
  version,
} from "./queries";
import { batch } from "./rules";
import { t } from "./text";
import { useGroupConnectionsRefresh } from "./useRefresh";

/** What the members of a group send each other. */
export function ConnectivityTab() {
  const { data: g } = useThisGroup();
  const query = useConnections({ group: g?.id });
  const [asking, setAsking] = useState<"add" | Connection>();
  const [leaving, setLeaving] = useState<Connection>();
  const refresh = useGroupConnectionsRefresh();
  if (!g) return null;
  if (query.isError && !query.data) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton h={200} my="md" aria-busy />;
  const may = g.allowedActs.includes("change_connections");
  return (
    <PartTable
      label={t("connections.title")}
      add={may && g.members.length > 1 ? t("connections.add") : undefined}
      onAdd={() => setAsking("add")}
      empty={query.data.length === 0}
      title={t("connections.emptyTitle")}
      body={g.members.length > 1 ? t("connections.emptyBody") : t("connections.needMembers")}
      head={[
        t("connections.source"),
        t("connections.flow"),
        t("connections.target"),
        t("connections.type"),
        t("connections.note"),
      ]}
      rows={query.data.map((c) => ({
        id: c.id,
        name: t("connections.name", { source: c.sourceName, target: c.targetName }),
        cells: [
          <Anchor key="s" component={Link} to={environmentAddress(c.sourceId)} fz="sm">
            {c.sourceName}
          </Anchor>,
          t(`connections.flows.${c.direction}`),
          <Anchor key="t" component={Link} to={environmentAddress(c.targetId)} fz="sm">
            {c.targetName}
          </Anchor>,
          <LookupMark key="y" value={{ name: c.type, colour: c.typeColour }} />,
          c.note || <Absent key="n" />,
        ],
        onEdit: may ? () => setAsking(c) : undefined,
        onRemove: may ? () => setLeaving(c) : undefined,
      }))}
    >
      {asking === "add" && (
        <AddConnections group={g} known={query.data} onClose={() => setAsking(undefined)} onSaved={refresh} />
      )}
      {asking && asking !== "add" && (
        <ConnectionForm connection={asking} onClose={() => setAsking(undefined)} onSaved={refresh} />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("connections.removeTitle", { source: leaving?.sourceName, target: leaving?.targetName })}
        body={t("connections.removeBody")}
        verb={t("remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/environment-connections/{id}", {
              params: { path: { id: leaving?.id ?? "" }, ...version(leaving?.version ?? 0) },
            }),
          );
          await refresh();
        }}
      />
    </PartTable>
  );
}

const flowOptions = () => directions.map((d) => ({ value: d, label: t(`connections.flows.${d}`) }));

/** Connects each of the sources with each of the targets, all at once or none. */
function AddConnections({
  group: g,
  known,
  onClose,
  onSaved,
}: {
  group: GroupView;
  known: Connection[];
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { data: types = [] } = useLookup("connection_type");
  const [sources, setSources] = useState<string[]>([]);
  const [targets, setTargets] = useState<string[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [direction, setDirection] = useState<Connection["direction"]>("out");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const type = chosen ?? types.find((v) => v.default)?.id ?? types[0]?.id ?? "";
  const made = batch(sources, targets, type, direction, known);
  const names = new Map(g.members.map((m) => [m.id, m.name]));
  const data = g.members.map((m) => ({ value: m.id, label: m.name }));
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.POST("/api/v1/environment-connections", {
          body: { group: g.id, items: made.drafts.map((d) => ({ ...d, note: note || undefined })) },
        }),
      );
      await onSaved();
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t("connections.add")}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <MultiSelect
          label={t("connections.sources")}
          data={data}
          value={sources}
          onChange={setSources}
          searchable
          data-autofocus
        />
        <MultiSelect
          label={t("connections.targets")}
          description={t("connections.targetsAbout")}
          data={data}
          value={targets}
          onChange={setTargets}
          searchable
        />
        <Group grow align="flex-end">
          <Select
            label={t("connections.type")}
            allowDeselect={false}
            data={types.map((v) => ({ value: v.id, label: v.name }))}
            value={type || null}
            onChange={setChosen}
          />
          <SegmentedControl
            aria-label={t("connections.flow")}
            value={direction}
            onChange={(v) => setDirection(v as Connection["direction"])}
            data={flowOptions()}
          />
        </Group>
        <TextInput
          label={t("connections.note")}
          value={note}
          maxLength={1000}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        <div aria-live="polite">
          {made.drafts.length > 0 && (
            <Text size="sm">
              {made.drafts
                .slice(0, 6)
                .map((d) => `${names.get(d.source)} ${arrows[d.direction]} ${names.get(d.target)}`)
                .join(", ")}
              {made.drafts.length > 6 && ` ${t("connections.more", { count: made.drafts.length - 6 })}`}
            </Text>
          )}
          {made.known > 0 && (
            <Text size="sm" c="dimmed">
              {t("connections.known", { count: made.known })}
            </Text>
          )}
        </div>
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={made.drafts.length === 0} onClick={() => void save()}>
            {t("connections.addVerb", { count: made.drafts.length })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const arrows = { out: "→", in: "←", both: "↔" } as const;

/** Edits one connection; another group takes it along when both ends are members there. */
function ConnectionForm({
  connection: c,
  onClose,
  onSaved,
}: {
  connection: Connection;
  onClose: () => void;
  onSaved: () => Promise<unknown>;
}) {
  const { data: types = [] } = useLookup("connection_type");
  const client = useQueryClient();
  const [type, setType] = useState<string | null>(c.typeId);
  const [direction, setDirection] = useState(c.direction);
  const [note, setNote] = useState(c.note ?? "");
  const [group, setGroup] = useState<string | null>(c.groupId);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PATCH("/api/v1/environment-connections/{id}", {
          params: { path: { id: c.id }, ...version(c.version) },
          body: { type, direction, note, ...(group && group !== c.groupId ? { group } : {}) },
        }),
      );
      await onSaved();
      if (group !== c.groupId) await client.invalidateQueries({ queryKey: keys.all("environment_group") });
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("connections.edit", { source: c.sourceName, target: c.targetName })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("connections.flow")}
          value={direction}
          onChange={(v) => setDirection(v as Connection["direction"])}
          data={flowOptions()}
        />
        <Select
          label={t("connections.type")}
          allowDeselect={false}
          data={types.map((v) => ({ value: v.id, label: v.name }))}
          value={type}
          onChange={setType}
          data-autofocus
        />
        <TextInput
          label={t("connections.note")}
          value={note}
          maxLength={1000}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        <RemotePicker
          label={t("group")}
          description={t("connections.moveAbout")}
          source={groupPicker}
          value={group}
          onChange={setGroup}
        />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} onClick={() => void save()}>
            {group !== c.groupId ? t("connections.move") : t("save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
