import {
  Button,
  Group,
  Modal,
  NumberInput,
  ScrollArea,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { keys } from "@/api/query";
import { ProblemAlert } from "@/components/ProblemAlert";
import { zoneName } from "@/lib/time";
import { BookingStatus } from "./Marks";
import type { Booking } from "./queries";
import { iso, momentOf, spanWords } from "./span";
import { t } from "./text";

type Edit = Omit<Schema<"BookingBulkEdit">, "bookings">;
const kinds = ["shift", "dates", "status"] as const;
type Kind = (typeof kinds)[number];
const decisions = ["approved", "rejected", "cancelled"] as const;

/** Changes many bookings at once: each with its before → after from the server's dry run, which the save repeats. */
export function BulkEdit(props: { rows: Booking[]; onClose: () => void; onDone: () => void }) {
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="xl"
      title={t("bulk.title", { count: props.rows.length })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Fields {...props} />
    </Modal>
  );
}

function Fields({ rows, onClose, onDone }: { rows: Booking[]; onClose: () => void; onDone: () => void }) {
  const client = useQueryClient();
  const [kind, setKind] = useState<Kind>("shift");
  const [edit, setEdit] = useState<Edit>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [asked] = useDebouncedValue(edit, 300);
  const bookings = rows.map((r) => r.id);
  const put = (p: Partial<Edit>) => setEdit((e) => ({ ...e, ...p }));
  const call = (set: Edit, dryRun: boolean) =>
    ok(
      api.POST("/api/v1/bookings/bulk-edit", {
        params: { query: { dryRun } },
        body: { ...set, zone: zoneName(), bookings },
      }),
    );
  const some = Boolean(asked.shiftDays || asked.shiftEndDays || asked.from || asked.to || asked.status);
  const complete = some && (asked.status !== "rejected" || Boolean(asked.reason?.trim()));
  const preview = useQuery({
    queryKey: ["consequences", "bookings", bookings, asked],
    queryFn: () => call(asked, true),
    enabled: complete,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const items = preview.data?.items ?? [];
  const good = items.filter((i) => i.item).length;
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await call(edit, false);
      await client.invalidateQueries({ queryKey: keys.all("booking") });
      const changed = done.items?.filter((i) => i.item).length ?? 0;
      notifications.show({ message: t("bulk.done", { count: changed }) });
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
      <SegmentedControl
        size="xs"
        aria-label={t("bulk.what")}
        value={kind}
        onChange={(v) => {
          setKind(v as Kind);
          setEdit({});
        }}
        data={kinds.map((k) => ({ value: k, label: t(`bulk.kinds.${k}`) }))}
      />
      {kind === "shift" && (
        <Group>
          <NumberInput
            label={t("bulk.shift")}
            description={t("bulk.shiftHelp")}
            value={edit.shiftDays ?? ""}
            onChange={(v) => put({ shiftDays: typeof v === "number" ? v : undefined })}
          />
          <NumberInput
            label={t("bulk.shiftEnd")}
            description={t("bulk.shiftEndHelp")}
            value={edit.shiftEndDays ?? ""}
            onChange={(v) => put({ shiftEndDays: typeof v === "number" ? v : undefined })}
          />
        </Group>
      )}
      {kind === "dates" && (
        <Group>
          {(["from", "to"] as const).map((f) => (
            <TextInput
              key={f}
              type="datetime-local"
              label={t(f)}
              description={t("bulk.keep")}
              onChange={(e) => {
                const at = momentOf(e.currentTarget.value);
                put({ [f]: at === undefined ? undefined : iso(at) });
              }}
            />
          ))}
        </Group>
      )}
      {kind === "status" && (
        <Group align="flex-start">
          <Select
            label={t("status")}
            placeholder={t("bulk.choose")}
            data={decisions.map((d) => ({ value: d, label: t(`bulk.decisions.${d}`) }))}
            value={edit.status ?? null}
            onChange={(v) => put({ status: (v ?? undefined) as Edit["status"] })}
          />
          <Textarea
            label={t("reason")}
            flex={1}
            autosize
            maxLength={2000}
            error={edit.status === "rejected" && !edit.reason?.trim() ? t("bulk.needReason") : undefined}
            value={edit.reason ?? ""}
            onChange={(e) => put({ reason: e.currentTarget.value || undefined })}
          />
        </Group>
      )}
      <div aria-live="polite">
        {!complete ? null : preview.isPending ? (
          <Skeleton h={80} />
        ) : preview.isError ? (
          <ProblemAlert error={preview.error} onRetry={() => void preview.refetch()} />
        ) : (
          <>
            <Text size="sm" fw={600} mb={4}>
              {t("bulk.summary", { changed: good, refused: items.length - good })}
            </Text>
            <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0 }}>
              <Table>
                <Table.Tbody>
                  {items.map((item, i) => {
                    const row = rows[item.index ?? i];
                    if (!row) return null;
                    return (
                      <Table.Tr key={row.id}>
                        <Table.Td>{`${row.reference} ${row.title}`}</Table.Td>
                        <Table.Td>
                          {item.item ? (
                            <Outcome before={row} after={item.item as Booking} />
                          ) : (
                            (item.problem?.detail ?? "")
                          )}
                        </Table.Td>
                      </Table.Tr>
                    );
                  })}
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
        <Button loading={busy} disabled={!complete || asked !== edit || good === 0} onClick={() => void save()}>
          {t("bulk.save", { count: good })}
        </Button>
      </Group>
    </Stack>
  );
}

function Outcome({ before, after }: { before: Booking; after: Booking }) {
  const moved = before.from !== after.from || before.to !== after.to;
  return (
    <Stack gap={2}>
      {moved && <Text size="sm">{`${spanWords(before.from, before.to)} → ${spanWords(after.from, after.to)}`}</Text>}
      {before.status !== after.status ? (
        <Group gap={4}>
          <BookingStatus value={before.status} />
          →
          <BookingStatus value={after.status} />
        </Group>
      ) : (
        !moved && <Text size="sm">{t("bulk.same")}</Text>
      )}
    </Stack>
  );
}
