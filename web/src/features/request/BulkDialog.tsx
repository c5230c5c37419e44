import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { zoneName } from "@/lib/time";
import { Refusal } from "./DryRun";
import { AssigneeField } from "./fields";
import { Consequences } from "./Marks";
import { bulkOf, type Head, type Kind, useRefresh, useStatuses, useTypes } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

export type BulkSort = "status" | "shift" | "assignee" | "release" | "type";
type Change = Schema<"RequestBulkChange">;

/** Changes many requests at once; a dry run says what each comes to and which are skipped, and why. */
export function BulkDialog({
  kind,
  sort,
  requests,
  onClose,
  onDone,
}: {
  kind: Kind;
  sort: BulkSort;
  requests: Head[];
  onClose: () => void;
  onDone: () => void;
}) {
  useFocusBack();
  const refresh = useRefresh(kind);
  const statuses = useStatuses(kind);
  const types = useTypes(kind);
  const [status, setStatus] = useState<string | null>(null);
  const [days, setDays] = useState(7);
  const [type, setType] = useState<string | null>(null);
  const [release, setRelease] = useState("");
  const [assignee, setAssignee] = useState<{ kind: "person" | "team"; id: string } | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const ids = requests.map((r) => r.id);
  const change: Change = {
    status: sort === "status" ? (status ?? "") : undefined,
    note: sort === "status" && note ? note : undefined,
    shiftDays: sort === "shift" ? days : undefined,
    zone: sort === "shift" ? zoneName() : undefined,
    assignee: sort === "assignee" ? assignee : undefined,
    release: sort === "release" ? release.trim() : undefined,
    type: sort === "type" ? (type ?? "") : undefined,
  };
  const complete = { status: status, shift: days !== 0, assignee: true, release: true, type: type }[sort];
  const run = (dryRun: boolean) => ok(api.POST(bulkOf(kind), { params: { query: { dryRun } }, body: { ids, change } }));
  const dry = useQuery({
    queryKey: ["consequences", kind, "bulk", ids.join(), JSON.stringify(change)],
    queryFn: () => run(true),
    enabled: Boolean(complete),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await run(false);
      await refresh();
      notifications.show({ message: t("bulk.done", { count: answer.changed }) });
      onDone();
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const skipped = dry.data?.items.filter((i) => i.message) ?? [];
  const consequences =
    dry.data?.items.flatMap((i) =>
      (i.consequences ?? []).map((c) => ({ ...c, message: `${i.reference}: ${c.message}` })),
    ) ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${t(`bulk.${sort}`)} (${requests.length})`}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        {problem !== undefined && <Refusal error={problem} />}
        {sort === "status" && (
          <>
            <Select
              label={t("move.to")}
              data={(statuses.data ?? []).map((s) => ({ value: s.id, label: s.name }))}
              value={status}
              onChange={setStatus}
            />
            <TextInput
              label={t("move.note")}
              maxLength={2000}
              value={note}
              onChange={(e) => setNote(e.currentTarget.value)}
            />
          </>
        )}
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
        {sort === "assignee" && <AssigneeField value={assignee} onChange={setAssignee} />}
        {sort === "release" && (
          <TextInput
            label={t("release")}
            description={t("bulk.releaseAbout")}
            maxLength={200}
            value={release}
            onChange={(e) => setRelease(e.currentTarget.value)}
            data-autofocus
          />
        )}
        {sort === "type" && (
          <Select
            label={t("type")}
            data={(types.data ?? []).map((x) => ({ value: x.id, label: x.name }))}
            value={type}
            onChange={setType}
          />
        )}
        <div aria-live="polite">
          {dry.isError && <Refusal error={dry.error} />}
          {dry.data && (
            <Stack gap={4}>
              <Text size="sm">{t("bulk.would", { count: dry.data.changed })}</Text>
              <Consequences items={consequences} />
              {skipped.map((i) => (
                <Text key={i.id} size="sm" c="var(--status-bad)">
                  {i.reference}: {i.message}
                </Text>
              ))}
            </Stack>
          )}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!complete || !dry.data?.changed} onClick={() => void save()}>
            {t("bulk.apply")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
