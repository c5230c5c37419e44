import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { partOf } from "@/api/records";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import type { SlotProps } from "@/components/Slot";
import { FieldInput } from "./FieldInput";
import { FieldValue } from "./FieldValue";
import { t } from "./text";
import { changedValues, type Filled, faultsByKey, inGroups, toInput } from "./values";

/** The fields an administrator gave this kind of record, to read and to fill in. Nothing stands here when there are none. */
export function FieldsPanel({ kind, id }: SlotProps) {
  const [editing, setEditing] = useState(false);
  const query = useQuery({
    queryKey: keys.part(kind, id, "fields"),
    queryFn: async ({ signal }) => {
      const answer = await api.GET(partOf(kind, "fields"), { params: { path: { id } }, signal });
      const list = await ok(Promise.resolve(answer));
      return { ...list, items: list.items as Filled[], etag: answer.response.headers.get("ETag") ?? "*" };
    },
  });
  if (query.isPending) return <Skeleton h={120} />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  const { items, actions, etag } = query.data;
  if (items.length === 0) return null;
  return (
    <section aria-label={t("panel.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("panel.title")}</Title>
        {actions.includes("edit") && !editing && (
          <Button size="compact-sm" variant="default" onClick={() => setEditing(true)}>
            {t("panel.edit")}
          </Button>
        )}
      </Group>
      {editing ? (
        <Edit key={etag} kind={kind} id={id} fields={items} etag={etag} onClose={() => setEditing(false)} />
      ) : (
        <Stack gap="md">
          {inGroups(items).map((group) => (
            <div key={group.name}>
              {group.name && (
                <Text size="xs" fw={600} c="dimmed" mb={4}>
                  {group.name.replaceAll("/", " › ")}
                </Text>
              )}
              <Facts
                items={group.fields.map((f) => [
                  f.mandatory && f.value === null ? t("panel.missing", { name: f.name }) : f.name,
                  <FieldValue key={f.id} type={f.dataType} value={f.value} measure={f.measure} />,
                ])}
              />
            </div>
          ))}
        </Stack>
      )}
    </section>
  );
}

function Edit({
  kind,
  id,
  fields,
  etag,
  onClose,
}: {
  kind: string;
  id: string;
  fields: Filled[];
  etag: string;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [before] = useState(() => Object.fromEntries(fields.map((f) => [f.key, toInput(f.dataType, f.value)])));
  const [values, setValues] = useState<Record<string, unknown>>(before);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const changed = changedValues(fields, before, values);
  const met = problem === undefined ? undefined : asProblem(problem);
  const faults = met ? faultsByKey(met.fields) : {};
  const placed = met && met.fields.length > 0 && Object.keys(faults).every((k) => fields.some((f) => f.key === k));
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PUT(partOf(kind, "fields"), {
          params: { path: { id }, header: { "If-Match": etag } },
          body: { values: changed as never },
        }),
      );
      await client.invalidateQueries({ queryKey: keys.one(kind, id) });
      notifications.show({ message: t("panel.saved") });
      onClose();
    } catch (error) {
      setProblem(error);
      // Somebody was faster: what was typed stays, and is saved against what stands there now.
      if (asProblem(error).code === "stale")
        await client.invalidateQueries({ queryKey: keys.part(kind, id, "fields") });
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Stack gap="sm">
        {met && !placed && <ProblemAlert error={met} />}
        {inGroups(fields).map((group) => (
          <Stack key={group.name} gap="sm" role="group" aria-label={group.name || t("panel.title")}>
            {group.name && (
              <Text size="xs" fw={600} c="dimmed">
                {group.name.replaceAll("/", " › ")}
              </Text>
            )}
            {group.fields.map((f) => (
              <FieldInput
                key={f.id}
                type={f.dataType}
                list={f.list}
                measure={f.measure}
                label={f.name}
                description={f.locked ? t("panel.locked") : f.description}
                withAsterisk={f.mandatory}
                error={faults[f.key]}
                disabled={f.locked}
                value={values[f.key]}
                onChange={(v) => setValues((all) => ({ ...all, [f.key]: v }))}
              />
            ))}
          </Stack>
        ))}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={Object.keys(changed).length === 0}>
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
