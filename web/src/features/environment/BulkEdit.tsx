import {
  Button,
  Group,
  Modal,
  NumberInput,
  ScrollArea,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { applicationPicker, useUnits } from "@/api/lookups";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { TreeSelect } from "@/components/TreeSelect";
import { textOr } from "@/lib/i18n";
import { dataClasses, type Environment, useLookup } from "./queries";
import { t } from "./text";

type Change = Schema<"EnvironmentBulkChange">;

/** Changes several environments at once; the server tells before → after for each, and the save repeats that. */
export function BulkEdit({
  rows,
  onClose,
  onDone,
}: {
  rows: Environment[] | undefined;
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

function say(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  return textOr("environment", `dataClasses.${value}`, String(value));
}

function Fields({ rows, onClose, onDone }: { rows: Environment[]; onClose: () => void; onDone: () => void }) {
  const client = useQueryClient();
  const { data: units = [] } = useUnits();
  const { data: usages = [] } = useLookup("environment_usage");
  const { data: statuses = [] } = useLookup("environment_status");
  const [change, setChange] = useState<Change>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [asked] = useDebouncedValue(change, 300);
  const ids = rows.map((r) => r.id);
  const call = (set: Change, dryRun: boolean) =>
    ok(api.POST("/api/v1/environments/bulk-edit", { params: { query: { dryRun } }, body: { ids, set } }));
  const some = Object.keys(asked).length > 0;
  const preview = useQuery({
    queryKey: ["consequences", "bulk edit of environments", ids, asked],
    queryFn: () => call(asked, true),
    enabled: some,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const put = (patch: Change) =>
    setChange(
      (before) =>
        Object.fromEntries(
          Object.entries({ ...before, ...patch }).filter(([, v]) => v !== undefined && v !== null && v !== ""),
        ) as Change,
    );
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await call(change, false);
      await client.invalidateQueries({ queryKey: keys.all("environment") });
      notifications.show({ message: t("bulk.done", { count: done.changed }) });
      onDone();
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const keep = { placeholder: t("bulk.keep"), clearable: true, clearButtonProps: { "aria-label": t("bulk.keep") } };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("bulk.about")}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
        <Select
          label={t("status")}
          {...keep}
          data={statuses.map((v) => ({ value: v.id, label: v.name }))}
          value={change.status ?? null}
          onChange={(v) => put({ status: v })}
        />
        <Select
          label={t("usage")}
          {...keep}
          data={usages.map((v) => ({ value: v.id, label: v.name }))}
          value={change.usage ?? null}
          onChange={(v) => put({ usage: v })}
        />
        <RemotePicker
          label={t("application")}
          {...keep}
          source={applicationPicker}
          value={change.application ?? null}
          onChange={(v) => put({ application: v })}
        />
        <TreeSelect
          label={t("unit")}
          {...keep}
          items={units}
          value={change.unitId}
          onChange={(v) => put({ unitId: v })}
        />
        <Select
          label={t("dataClass")}
          {...keep}
          data={dataClasses.map((v) => ({ value: v, label: t(`dataClasses.${v}`) }))}
          value={change.dataClass ?? null}
          onChange={(v) => put({ dataClass: v })}
        />
        <NumberInput
          label={t("capacity")}
          placeholder={t("bulk.keep")}
          min={1}
          max={10000}
          allowDecimal={false}
          value={change.capacity ?? ""}
          onChange={(v) => put({ capacity: v === "" ? undefined : Number(v) })}
        />
        <Select
          label={t("approvals.auto")}
          {...keep}
          data={[
            { value: "true", label: t("yes") },
            { value: "false", label: t("no") },
          ]}
          value={change.autoApprove === undefined || change.autoApprove === null ? null : String(change.autoApprove)}
          onChange={(v) => put({ autoApprove: v === null ? undefined : v === "true" })}
        />
        <TextInput
          label={t("vendor")}
          placeholder={t("bulk.keep")}
          value={change.vendor ?? ""}
          onChange={(e) => put({ vendor: e.currentTarget.value })}
        />
        <TextInput
          label={t("alert")}
          placeholder={t("bulk.keep")}
          value={change.alert ?? ""}
          onChange={(e) => put({ alert: e.currentTarget.value })}
        />
      </SimpleGrid>
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
                          Object.entries(item.changes ?? {})
                            .map(([field, pair]) => {
                              const [before, after] = (pair ?? []) as unknown[];
                              return `${textOr("environment", field, field)}: ${say(before)} → ${say(after)}`;
                            })
                            .join(", ")}
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
