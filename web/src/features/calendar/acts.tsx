import { Button, Group, Modal, NumberInput, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Consequences } from "./Marks";
import { actOf, bulkOf, type Kind, oneOfKind, subjects, useFreezeTypes, version, type Window } from "./queries";
import { t } from "./text";

export function useRefresh(kind: Kind) {
  const client = useQueryClient();
  return async () => {
    await client.invalidateQueries({ queryKey: keys.all(subjects[kind]) });
    void client.invalidateQueries({ queryKey: ["occurrence"] });
    void client.invalidateQueries({ queryKey: ["closure"] });
  };
}

export type Act = "cancel" | "reinstate" | "delete";

/** Cancels a window, puts it back into force or deletes it, after the server said what that does. */
export function ActDialog({
  kind,
  act,
  window: w,
  onClose,
  onDone,
}: {
  kind: Kind;
  act: Act;
  window: Window;
  onClose: () => void;
  onDone?: () => void;
}) {
  const refresh = useRefresh(kind);
  const run = async (dryRun: boolean) => {
    const at = { path: { id: w.id }, query: { dryRun }, ...version(w.version) };
    const answer =
      act === "delete"
        ? await ok(api.DELETE(oneOfKind(kind), { params: at }))
        : await ok(api.POST(actOf(kind, act as "cancel"), { params: at, body: {} }));
    return answer.consequences ?? [];
  };
  const dry = useQuery({
    queryKey: ["consequences", kind, act, w.id, w.version],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t(`acts.${act}Title`, { name: w.name })}
      body={t(`acts.${act}Body`)}
      verb={t(`acts.${act}`)}
      danger={act !== "reinstate"}
      disabled={!dry.isSuccess}
      onConfirm={async () => {
        await run(false);
        await refresh();
        notifications.show({ message: t(`acts.${act}Done`, { name: w.name }) });
        onDone?.();
      }}
    >
      {dry.isError && <ProblemAlert error={dry.error} />}
      {dry.data && dry.data.length > 0 && <Consequences items={dry.data} />}
    </ConfirmDialog>
  );
}

export type BulkSort = "shift" | "type" | "cancel" | "reinstate";

/** Changes many windows at once; what each comes to is asked for before. */
export function BulkDialog({
  kind,
  sort,
  windows,
  onClose,
  onDone,
}: {
  kind: Kind;
  sort: BulkSort;
  windows: Window[];
  onClose: () => void;
  onDone: () => void;
}) {
  const refresh = useRefresh(kind);
  const types = useFreezeTypes();
  const [days, setDays] = useState(7);
  const [typeId, setTypeId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [failed, setFailed] = useState<{ name: string; message: string }[]>([]);
  const set =
    sort === "shift"
      ? { shiftDays: days }
      : sort === "type"
        ? { typeId: typeId ?? "" }
        : { state: sort === "cancel" ? ("CANCELLED" as const) : ("ACTIVE" as const) };
  const complete = sort === "shift" ? days !== 0 : sort !== "type" || Boolean(typeId);
  const ids = windows.map((w) => w.id);
  const run = (dryRun: boolean) => ok(api.POST(bulkOf(kind), { params: { query: { dryRun } }, body: { ids, set } }));
  const dry = useQuery({
    queryKey: ["consequences", kind, "bulk", ids.join(), JSON.stringify(set)],
    queryFn: () => run(true),
    enabled: complete,
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const faults = (answer: Awaited<ReturnType<typeof run>>) =>
    answer.items.flatMap((i) => (i.problem ? [{ name: windows[i.index]?.name ?? "", message: i.problem.detail }] : []));
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await run(false);
      await refresh();
      notifications.show({ message: t("bulk.done", { count: answer.succeeded }) });
      const left = faults(answer);
      setFailed(left);
      if (left.length === 0) {
        onDone();
        onClose();
      }
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const foreseen = failed.length > 0 ? failed : dry.data ? faults(dry.data) : [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`bulk.${sort}Title`, { count: windows.length })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        {problem !== undefined && <ProblemAlert error={problem} />}
        {sort === "shift" && (
          <NumberInput
            label={t("bulk.days")}
            description={t("bulk.daysAbout")}
            allowDecimal={false}
            value={days}
            onChange={(v) => setDays(Number(v) || 0)}
            data-autofocus
          />
        )}
        {sort === "type" && (
          <Select
            label={t("type")}
            data={(types.data ?? []).map((x) => ({ value: x.id, label: x.name }))}
            value={typeId}
            onChange={setTypeId}
          />
        )}
        {dry.isError && <ProblemAlert error={dry.error} />}
        {dry.data && <Text size="sm">{t("bulk.would", { count: dry.data.succeeded })}</Text>}
        {foreseen.map((f) => (
          <Text key={f.name} size="sm" c="var(--status-bad)">
            {f.name}: {f.message}
          </Text>
        ))}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            color={sort === "cancel" ? "red.8" : undefined}
            loading={busy}
            disabled={!complete || !dry.isSuccess || dry.data.succeeded === 0}
            onClick={() => void save()}
          >
            {t(`bulk.${sort}`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
