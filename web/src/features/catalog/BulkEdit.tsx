import { Button, Group, Modal, ScrollArea, Select, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { useUnitName, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TreeSelect } from "@/components/TreeSelect";
import { textOr } from "@/lib/i18n";
import { type Application, criticalities, statuses } from "./queries";
import { t } from "./text";

type Change = Schema<"CatalogBulkChange">;

/** Changes several applications at once; the server tells before → after for each, and the save repeats that. */
export function BulkEdit({
  rows,
  onClose,
  onDone,
}: {
  rows: Application[] | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  return (
    <Modal
      opened={Boolean(rows)}
      onClose={onClose}
      size="xl"
      title={t("bulk.title", { count: rows?.length ?? 0 })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      {rows && <Fields rows={rows} onClose={onClose} onDone={onDone} />}
    </Modal>
  );
}

function Fields({ rows, onClose, onDone }: { rows: Application[]; onClose: () => void; onDone: () => void }) {
  const client = useQueryClient();
  const { data: units = [] } = useUnits();
  const unitName = useUnitName();
  const [change, setChange] = useState<Change>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [asked] = useDebouncedValue(change, 300);
  const ids = rows.map((r) => r.id);
  const call = (set: Change, dryRun: boolean) =>
    ok(api.POST("/api/v1/applications/bulk-edit", { params: { query: { dryRun } }, body: { ids, set } }));
  const some = Object.values(asked).some(Boolean);
  const preview = useQuery({
    queryKey: ["consequences", "bulk edit", ids, asked],
    queryFn: () => call(asked, true),
    enabled: some,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const say = (field: string, value: unknown) =>
    value === null || value === undefined || value === ""
      ? "—"
      : field === "unitId"
        ? unitName(String(value))
        : textOr("catalog", `criticalities.${value}`, textOr("catalog", `statuses.${value}`, String(value)));
  const put = (patch: Change) =>
    setChange((before) => Object.fromEntries(Object.entries({ ...before, ...patch }).filter(([, v]) => v)) as Change);
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await call(change, false);
      await client.invalidateQueries({ queryKey: keys.all("application") });
      notifications.show({ message: t("bulk.done", { count: done.changed }) });
      onDone();
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("bulk.about")}
      </Text>
      <Group grow preventGrowOverflow={false} align="flex-end">
        <Select
          label={t("criticality")}
          clearable
          clearButtonProps={{ "aria-label": t("bulk.keep") }}
          placeholder={t("bulk.keep")}
          data={criticalities.map((v) => ({ value: v, label: t(`criticalities.${v}`) }))}
          value={change.criticality ?? null}
          onChange={(v) => put({ criticality: (v ?? undefined) as Change["criticality"] })}
        />
        <Select
          label={t("status")}
          clearable
          clearButtonProps={{ "aria-label": t("bulk.keep") }}
          placeholder={t("bulk.keep")}
          data={statuses.map((v) => ({ value: v, label: t(`statuses.${v}`) }))}
          value={change.status ?? null}
          onChange={(v) => put({ status: (v ?? undefined) as Change["status"] })}
        />
        <TreeSelect
          label={t("unit")}
          clearable
          clearButtonProps={{ "aria-label": t("bulk.keep") }}
          placeholder={t("bulk.keep")}
          items={units}
          value={change.unitId}
          onChange={(v) => put({ unitId: v ?? undefined })}
        />
        <TextInput
          label={t("vendor")}
          placeholder={t("bulk.keep")}
          value={change.vendor ?? ""}
          onChange={(e) => put({ vendor: e.currentTarget.value || undefined })}
        />
      </Group>
      <div aria-live="polite">
        {!some ? null : preview.isPending ? (
          <Skeleton h={80} />
        ) : preview.isError ? (
          <ProblemAlert error={preview.error} onRetry={() => void preview.refetch()} />
        ) : (
          <>
            <Text size="sm" fw={600} mb={4}>
              {t("bulk.summary", { changed: preview.data.changed, unchanged: preview.data.unchanged })}
            </Text>
            <ScrollArea.Autosize mah={280} viewportProps={{ tabIndex: 0 }}>
              <Table>
                <Table.Tbody>
                  {preview.data.items.map((item) => (
                    <Table.Tr key={item.id}>
                      <Table.Td>{item.name ?? item.key ?? item.id}</Table.Td>
                      <Table.Td>
                        {item.message ??
                          (Object.entries(item.changes ?? {})
                            .map(([field, pair]) => {
                              const [before, after] = (pair ?? []) as unknown[];
                              return `${textOr("catalog", field, field)}: ${say(field, before)} → ${say(field, after)}`;
                            })
                            .join(", ") ||
                            t("bulk.same"))}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollArea.Autosize>
          </>
        )}
      </div>
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button
          loading={busy}
          disabled={!some || asked !== change || !preview.data || preview.data.changed === 0}
          onClick={() => void save()}
        >
          {t("bulk.save", { count: preview.data?.changed ?? 0 })}
        </Button>
      </Group>
    </Stack>
  );
}
