import {
  Alert,
  Anchor,
  Button,
  Group,
  Modal,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconRefreshAlert } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { useThisApplication } from "./ApplicationPage";
import { CriticalityMark } from "./Marks";
import { applicationAddress, criticalities, type Dependency, dependencyTypes } from "./queries";
import { t } from "./text";

type Direction = "upstream" | "downstream";

/** What the application needs and what needs it. */
export function DependenciesTab() {
  const { data: a } = useThisApplication();
  const client = useQueryClient();
  const [adding, setAdding] = useState<Direction>();
  const [leaving, setLeaving] = useState<Dependency>();
  const query = useQuery({
    queryKey: keys.part("application", a?.id ?? "", "dependencies"),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/dependencies", { params: { query: { application: a?.id, limit: 500 } }, signal })),
    enabled: Boolean(a),
  });
  if (!a) return null;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton h={200} my="md" />;
  const may = a.allowedActs.includes("add_dependency");
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: keys.all("application") });
    void client.invalidateQueries({ queryKey: ["map"] });
  };
  const half = (direction: Direction) => {
    const list = query.data.items.filter((d) => (direction === "upstream" ? d.from.id : d.to.id) === a.id);
    return (
      <section>
        <Title order={2} mt="md">
          {t(`deps.${direction}`, { count: list.length })}
        </Title>
        <PartTable
          add={may ? t(`deps.add_${direction}`) : undefined}
          onAdd={() => setAdding(direction)}
          label={t(`deps.${direction}`, { count: list.length })}
          empty={list.length === 0}
          title={t(`deps.no_${direction}`)}
          body={t(`deps.noBody_${direction}`)}
          head={[t("application"), t("deps.type"), t("criticality"), t("deps.note")]}
          rows={list.map((d) => {
            const other = direction === "upstream" ? d.to : d.from;
            return {
              id: d.id,
              name: other.name,
              cells: [
                <Group key="o" gap="xs">
                  <Anchor component={Link} to={applicationAddress(other.id)} fz="sm">
                    {other.name}
                  </Anchor>
                  {d.inCycle && (
                    <StatusBadge tone="attention" icon={IconRefreshAlert}>
                      {t("deps.circle")}
                    </StatusBadge>
                  )}
                </Group>,
                t(`deps.types.${d.type}`),
                <CriticalityMark key="c" value={d.criticality} />,
                d.note || <Absent />,
              ],
              onRemove: may ? () => setLeaving(d) : undefined,
            };
          })}
        />
      </section>
    );
  };
  return (
    <>
      {half("upstream")}
      {half("downstream")}
      {query.data.hidden > 0 && (
        <Text size="sm" c="dimmed" pb="md">
          {t("deps.hidden", { count: query.data.hidden })}
        </Text>
      )}
      {adding && (
        <AddDependency
          id={a.id}
          name={a.name}
          direction={adding}
          onClose={() => setAdding(undefined)}
          onSaved={async () => {
            await refresh();
            setAdding(undefined);
          }}
        />
      )}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("deps.removeTitle", { from: leaving?.from.name, to: leaving?.to.name })}
        body={t("deps.removeBody")}
        verb={t("parts.remove")}
        danger
        onConfirm={async () => {
          await ok(api.DELETE("/api/v1/dependencies/{id}", { params: { path: { id: leaving?.id ?? "" } } }));
          await refresh();
        }}
      />
    </>
  );
}

function AddDependency({
  id,
  name,
  direction,
  onClose,
  onSaved,
}: {
  id: string;
  name: string;
  direction: Direction;
  onClose: () => void;
  onSaved: () => Promise<void>;
}) {
  const [way, setWay] = useState(direction);
  const [other, setOther] = useState<string | null>(null);
  const [type, setType] = useState<Dependency["type"]>("RUNTIME");
  const [criticality, setCriticality] = useState<Dependency["criticality"]>("MEDIUM");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const body = {
    from: way === "upstream" ? id : (other ?? ""),
    to: way === "upstream" ? (other ?? "") : id,
    type,
    criticality,
    note: note || undefined,
  };
  const preview = useQuery({
    queryKey: ["consequences", "dependency", body.from, body.to, type],
    queryFn: () => ok(api.POST("/api/v1/dependencies", { params: { query: { dryRun: true } }, body })),
    enabled: Boolean(other),
    retry: false,
    gcTime: 0,
  });
  return (
    <Modal opened onClose={onClose} title={t(`deps.add_${way}`)} closeButtonProps={{ "aria-label": t("cancel") }}>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("deps.direction")}
          value={way}
          onChange={(v) => setWay(v as Direction)}
          data={[
            { value: "upstream", label: t("deps.nameNeeds", { name }) },
            { value: "downstream", label: t("deps.needsName", { name }) },
          ]}
          orientation="vertical"
        />
        <RemotePicker
          label={t("application")}
          source={applicationPicker}
          value={other}
          onChange={setOther}
          data-autofocus
        />
        <Group grow>
          <Select
            label={t("deps.type")}
            allowDeselect={false}
            value={type}
            onChange={(v) => v && setType(v as Dependency["type"])}
            data={dependencyTypes.map((v) => ({ value: v, label: t(`deps.types.${v}`) }))}
          />
          <Select
            label={t("criticality")}
            allowDeselect={false}
            value={criticality}
            onChange={(v) => v && setCriticality(v as Dependency["criticality"])}
            data={criticalities.map((v) => ({ value: v, label: t(`criticalities.${v}`) }))}
          />
        </Group>
        <TextInput label={t("deps.note")} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
        {preview.data?.inCycle && (
          <Alert variant="default" icon={<IconRefreshAlert color="var(--status-attention)" />} title={t("deps.circle")}>
            {t("deps.circleBody")}
          </Alert>
        )}
        {(problem ?? preview.error) && <ProblemAlert error={problem ?? preview.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            loading={busy}
            disabled={!other || preview.isError}
            onClick={async () => {
              setBusy(true);
              setProblem(undefined);
              try {
                await ok(api.POST("/api/v1/dependencies", { body }));
                await onSaved();
              } catch (error) {
                setProblem(error);
              } finally {
                setBusy(false);
              }
            }}
          >
            {t("deps.add")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
