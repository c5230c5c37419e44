import { Button, Group, Menu, Modal, NumberInput, SegmentedControl, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { zoneName } from "@/lib/time";
import { Refusal } from "./DryRun";
import { Consequences, Span } from "./Marks";
import { below, type Head, type Kind, useRefresh, version } from "./queries";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

/** The rarer acts of a request: repeat it, book its environments, give it up. */
export function MoreActs({ kind, request: r, onBook }: { kind: Kind; request: Head; onBook?: () => void }) {
  const [asking, setAsking] = useState<"duplicate" | "cancel">();
  const may = (act: string) => r.allowedActs.includes(act);
  if (!may("duplicate") && !may("cancel") && !may("book")) return null;
  return (
    <>
      <Menu>
        <Menu.Target>
          <Button variant="default" px="xs" aria-label={t("moreActs")}>
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {may("book") && onBook && <Menu.Item onClick={onBook}>{t("book.verb")}</Menu.Item>}
          {may("duplicate") && <Menu.Item onClick={() => setAsking("duplicate")}>{t("repeat.verb")}</Menu.Item>}
          {may("cancel") && (
            <Menu.Item c="var(--status-bad)" onClick={() => setAsking("cancel")}>
              {t("giveUp.verb")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {asking === "duplicate" && <RepeatDialog kind={kind} request={r} onClose={() => setAsking(undefined)} />}
      {asking === "cancel" && <GiveUpDialog kind={kind} request={r} onClose={() => setAsking(undefined)} />}
    </>
  );
}

function RepeatDialog({ kind, request: r, onClose }: { kind: Kind; request: Head; onClose: () => void }) {
  useFocusBack();
  const refresh = useRefresh(kind);
  const [repeat, setRepeat] = useState<"weekly" | "monthly">("weekly");
  const [every, setEvery] = useState(1);
  const [times, setTimes] = useState(4);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = (dryRun: boolean) =>
    ok(
      api.POST(below(kind, "duplicates"), {
        params: { path: { id: r.id }, query: { dryRun } },
        body: { repeat, every, times, zone: zoneName() },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", kind, r.id, "duplicates", repeat, every, times],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
    placeholderData: (before) => before,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await run(false);
      await refresh();
      notifications.show({ message: t("repeat.done", { count: made.items.length }) });
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
      title={t("repeat.title", { name: r.reference })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("repeat.verb")}
          value={repeat}
          onChange={(v) => setRepeat(v as "weekly" | "monthly")}
          data={[
            { value: "weekly", label: t("repeat.weekly") },
            { value: "monthly", label: t("repeat.monthly") },
          ]}
        />
        <Group grow>
          <NumberInput
            label={repeat === "weekly" ? t("repeat.everyWeeks") : t("repeat.everyMonths")}
            min={1}
            max={52}
            allowDecimal={false}
            value={every}
            onChange={(v) => setEvery(Math.max(1, Number(v) || 1))}
          />
          <NumberInput
            label={t("repeat.times")}
            min={1}
            max={60}
            allowDecimal={false}
            value={times}
            onChange={(v) => setTimes(Math.max(1, Number(v) || 1))}
          />
        </Group>
        <div aria-live="polite">
          {problem !== undefined || dry.isError ? (
            <Refusal error={problem ?? dry.error} />
          ) : (
            <Stack gap={2}>
              {dry.data?.items.slice(0, 12).map((x) => (
                <Text size="sm" key={x.from}>
                  <Span from={x.from} to={x.to} />
                </Text>
              ))}
              {(dry.data?.items.length ?? 0) > 12 && (
                <Text size="xs" c="dimmed">
                  {t("repeat.more", { count: (dry.data?.items.length ?? 0) - 12 })}
                </Text>
              )}
            </Stack>
          )}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!dry.isSuccess} onClick={() => void save()}>
            {t("repeat.verb")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function GiveUpDialog({ kind, request: r, onClose }: { kind: Kind; request: Head; onClose: () => void }) {
  useFocusBack();
  const refresh = useRefresh(kind);
  const [note, setNote] = useState("");
  const run = (dryRun: boolean) =>
    ok(
      api.POST(below(kind, "cancel"), {
        params: { path: { id: r.id }, query: { dryRun }, ...version(r.version) },
        body: { note: note.trim() || undefined },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", kind, r.id, r.version, "cancel"],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("giveUp.title", { name: `${r.reference} ${r.title}` })}
      body={t("giveUp.body")}
      verb={t("giveUp.verb")}
      danger
      disabled={!dry.isSuccess}
      onConfirm={async () => {
        await run(false);
        await refresh();
      }}
    >
      {dry.isError && <Refusal error={dry.error} />}
      <Consequences items={dry.data?.consequences ?? []} />
      <Textarea
        label={t("move.note")}
        autosize
        maxLength={2000}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
