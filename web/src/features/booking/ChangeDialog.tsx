import {
  Button,
  Group,
  Modal,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, ok } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { ConflictList } from "./Conflicts";
import { changeBody, diffOf, type Wanted } from "./change";
import { BookingStatus } from "./Marks";
import {
  type Alternative,
  type Booking,
  type BookingAnswer,
  based,
  type Change,
  type ConflictWith,
  intents,
  useBooking,
  useEnvironment,
} from "./queries";
import { inputOf, momentOf, type Span, spanWords } from "./span";
import { t } from "./text";
import { tellWithUndo } from "./undo";
import { WaysOut } from "./WaysOut";

/** What somebody has drawn: a booking at another time or in another environment. */
export type Proposed = {
  id: string;
  label: string;
  /** The row of the timeline it was put on. */
  row?: string;
  to: Span;
  environment?: { from: string; to: string };
};

const change = (id: string, version: number, body: Change, dryRun: boolean) =>
  ok(api.PATCH("/api/v1/bookings/{id}", { params: { path: { id }, query: { dryRun }, header: based(version) }, body }));

/** The consequences of a change before it is saved, computed by the server; saving repeats exactly that. */
export function ChangeDialog({ proposed, onClose }: { proposed: Proposed; onClose: () => void }) {
  const query = useBooking(proposed.id);
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t("change.title", { name: proposed.label })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data ? (
        <Consequences booking={query.data} proposed={proposed} onClose={onClose} />
      ) : (
        <Skeleton h={160} />
      )}
    </Modal>
  );
}

function Consequences(props: { booking: BookingAnswer; proposed: Proposed; onClose: () => void }) {
  const { booking: current, proposed, onClose } = props;
  const client = useQueryClient();
  const can = useCan();
  const [wanted, setWanted] = useState<Wanted>({
    ...proposed.to,
    environment: proposed.environment,
    intent: current.intent,
    overrideReason: "",
  });
  const patch = (p: Partial<Wanted>) => setWanted((w) => ({ ...w, ...p }));
  const [asked] = useDebouncedValue(wanted, 200);
  const body = changeBody(current, asked);
  const target = useEnvironment(wanted.environment?.to);
  const preview = useQuery({
    queryKey: ["consequences", "booking", current.id, current.version, body],
    queryFn: () => change(current.id, current.version, body, true),
    gcTime: 0,
    staleTime: 0,
    retry: false,
    enabled: asked.to > asked.from && Object.keys(body).some((k) => k !== "overrideReason"),
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const problem = preview.isError ? asProblem(preview.error) : undefined;
  const conflicts = (problem?.data.conflicts ?? []) as ConflictWith[];
  // A booking that is there already does not wait for another place.
  const ways = ((problem?.data.alternatives ?? []) as Alternative[]).filter((a) => a.kind !== "wait");
  const frozen = problem?.code === "inside_freeze";
  // Once it was frozen the reason stays in sight, also when it has made the way free.
  const passing = useRef(false);
  useEffect(() => {
    if (frozen) passing.current = true;
  }, [frozen]);

  const choose = (a: Alternative) => {
    if (a.from && a.to) patch({ from: Date.parse(a.from), to: Date.parse(a.to) });
    if (a.kind === "equivalent" && a.environment) {
      const from = wanted.environment?.from ?? current.environments[0]?.id ?? "";
      patch({ environment: { from, to: a.environment.id } });
    }
    if (a.intent) patch({ intent: a.intent });
  };
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const saved = await change(current.id, current.version, body, false);
      await client.invalidateQueries({ queryKey: keys.all("booking") });
      tell(current, saved, () => void client.invalidateQueries({ queryKey: keys.all("booking") }));
      onClose();
    } catch (e) {
      setError(e);
      void client.invalidateQueries({ queryKey: keys.one("booking", current.id) });
    } finally {
      setBusy(false);
    }
  };

  const rows = diffOf(current, wanted, target.data?.name);
  const after = preview.data;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          <TextInput
            type="datetime-local"
            label={t("from")}
            data-autofocus
            value={inputOf(wanted.from)}
            onChange={(e) => patch({ from: momentOf(e.currentTarget.value) ?? wanted.from })}
          />
          <TextInput
            type="datetime-local"
            label={t("to")}
            value={inputOf(wanted.to)}
            error={wanted.to <= wanted.from ? t("dialog.endsBefore") : undefined}
            onChange={(e) => patch({ to: momentOf(e.currentTarget.value) ?? wanted.to })}
          />
          {current.environments.length === 1 && (
            <RemotePicker
              label={t("environment")}
              source={environmentPicker}
              value={wanted.environment?.to ?? current.environments[0]?.id}
              onChange={(v) => {
                const from = current.environments[0]?.id ?? "";
                patch({ environment: v && v !== from ? { from, to: v } : undefined });
              }}
            />
          )}
          <Select
            label={t("intent")}
            allowDeselect={false}
            data={intents.map((i) => ({ value: i, label: t(`intents.${i}`) }))}
            value={wanted.intent}
            onChange={(v) => v && patch({ intent: v as Wanted["intent"] })}
          />
        </SimpleGrid>
        <Table withRowBorders={false} verticalSpacing={4} aria-label={t("change.consequences")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th />
              <Table.Th>{t("change.before")}</Table.Th>
              <Table.Th>{t("change.after")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((r) => (
              <Table.Tr key={r.field}>
                <Table.Th scope="row" fw={400} c="dimmed">
                  {t(r.field)}
                </Table.Th>
                <Table.Td>{r.before}</Table.Td>
                <Table.Td fw={600}>{r.after}</Table.Td>
              </Table.Tr>
            ))}
            {after && after.status !== current.status && (
              <Table.Tr>
                <Table.Th scope="row" fw={400} c="dimmed">
                  {t("status")}
                </Table.Th>
                <Table.Td>
                  <BookingStatus value={current.status} />
                </Table.Td>
                <Table.Td>
                  <BookingStatus value={after.status} />
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
        <div aria-live="polite">
          {rows.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("change.nothing")}
            </Text>
          ) : preview.isFetching ? (
            <Skeleton h={24} />
          ) : problem ? (
            <Stack gap="xs">
              {conflicts.length > 0 ? (
                <ConflictList title={t("change.taken")} items={conflicts} />
              ) : (
                <ProblemAlert error={problem} title={t("change.refused")} />
              )}
              {ways.length > 0 && <WaysOut items={ways} wanted={wanted} conflicts={conflicts} onChoose={choose} />}
            </Stack>
          ) : after ? (
            <Stack gap="xs">
              <Text size="sm">
                {after.status === "requested" && current.status === "approved"
                  ? t("change.approvalAgain")
                  : after.status === "approved"
                    ? t("change.stays")
                    : t("change.free")}
              </Text>
              <ConflictList title={t("free.wanted")} items={after.conflicts} />
              {(after.promoted ?? []).length > 0 && (
                <Text size="sm">
                  {t("change.promoted", {
                    names: (after.promoted ?? []).map((p) => `${p.reference} ${p.title}`).join(", "),
                  })}
                </Text>
              )}
            </Stack>
          ) : null}
        </div>
        {(frozen || passing.current) && can("calendar.override_freeze") && (
          <Textarea
            label={t("free.override")}
            description={t("free.overrideHelp")}
            autosize
            maxLength={2000}
            value={wanted.overrideReason}
            onChange={(e) => patch({ overrideReason: e.currentTarget.value })}
          />
        )}
        {error !== undefined && <ProblemAlert error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            type="submit"
            loading={busy}
            disabled={!after || asked !== wanted || preview.isFetching || rows.length === 0}
          >
            {t("change.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function tell(before: Booking, saved: BookingAnswer, after: () => void) {
  const text = (b: BookingAnswer) =>
    t(b.status === "requested" ? "done.changedWaits" : "done.changed", {
      reference: b.reference,
      environments: b.environments.map((e) => e.name).join(", "),
      span: spanWords(b.from, b.to),
    });
  tellWithUndo(text(saved), after, async () => {
    const ids = (b: Booking) => b.environments.map((e) => e.id);
    const same = ids(before).join() === ids(saved).join();
    const times = { from: before.from, to: before.to, intent: before.intent };
    const back = { ...times, ...(same ? {} : { environments: ids(before) }) };
    return text(await change(saved.id, saved.version, back, false));
  });
}
