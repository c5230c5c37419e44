import { Button, Group, Menu, Modal, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useCan } from "@/api/session";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { duration } from "@/lib/time";
import { Refusal } from "./DryRun";
import { Consequences, SlaClock } from "./Marks";
import { below, type Course, type Head, type Kind, useCourse, useRefresh, version } from "./queries";
import classes from "./request.module.css";
import { nextOf } from "./rules";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

type Choice = Course["choices"][number];

/** The way of a request through its workflow: where it was, for how long, and where it stands. */
export function WorkflowPath({ kind, request: r }: { kind: Kind; request: Head }) {
  const query = useCourse(kind, r.id);
  return (
    <section aria-label={t("path.title")}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2}>{t("path.title")}</Title>
        <SlaClock position={r.position} />
      </Group>
      {query.isPending ? (
        <Skeleton h={72} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <ol className={classes.path}>
          {query.data.path.map((s) => (
            <li
              key={s.statusId + s.enteredAt}
              data-now={!s.leftAt || undefined}
              aria-current={!s.leftAt ? "step" : undefined}
              ref={(e) => {
                if (s.colour) e?.style.setProperty("--colour", s.colour);
              }}
            >
              <Text size="sm" fw={600}>
                {s.status}
              </Text>
              <Text size="xs" c="dimmed">
                <TimeText value={s.enteredAt} plain /> · {duration(s.minutes * 60)}
              </Text>
              <Text size="xs" c="dimmed">
                {s.actorName}
              </Text>
              {s.note && <Text size="xs">{s.note}</Text>}
              {s.breached && <StatusBadge tone="bad">{t("sla.breached")}</StatusBadge>}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Moves a request on: what the workflow allows now stands first, what it does not says why. */
export function MoveMenu({ kind, request: r }: { kind: Kind; request: Head }) {
  const query = useCourse(kind, r.id);
  const [to, setTo] = useState<Choice>();
  const choices = query.data?.choices.filter((c) => c.code !== "current") ?? [];
  if (!r.allowedActs.includes("move") || choices.length === 0) return null;
  const able = choices.filter((c) => c.allowed);
  const first = nextOf(choices, query.data?.path.map((s) => s.statusId) ?? []);
  const others = able.filter((c) => c !== first);
  return (
    <>
      <Group gap={0} wrap="nowrap">
        {first && <Button onClick={() => setTo(first)}>{t("move.verb", { status: first.name })}</Button>}
        <Menu>
          <Menu.Target>
            <Button variant={first ? "default" : "filled"} px="xs" aria-label={t("move.others")}>
              {!first && t("move.title")}
              <IconChevronDown size={16} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {others.map((c) => (
              <Menu.Item key={c.id} onClick={() => setTo(c)}>
                {c.name}
              </Menu.Item>
            ))}
            {choices
              .filter((c) => !c.allowed)
              .map((c) => (
                <Menu.Item key={c.id} disabled>
                  {c.name}
                  <Text size="xs" c="dimmed">
                    {c.reason}
                  </Text>
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
      </Group>
      {to && <MoveDialog kind={kind} request={r} to={to} onClose={() => setTo(undefined)} />}
    </>
  );
}

function MoveDialog({ kind, request: r, to, onClose }: { kind: Kind; request: Head; to: Choice; onClose: () => void }) {
  useFocusBack();
  const refresh = useRefresh(kind);
  const can = useCan();
  const [note, setNote] = useState("");
  const [overrideReason, setOverrideReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = (dryRun: boolean) =>
    ok(
      api.POST(below(kind, "workflow/moves"), {
        params: { path: { id: r.id }, query: { dryRun }, ...version(r.version) },
        body: {
          to: to.id,
          from: r.position?.statusId,
          note: note.trim() || undefined,
          overrideReason: overrideReason.trim() || undefined,
        },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", kind, r.id, r.version, "move", to.id, overrideReason !== ""],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const met = problem ?? (dry.isError ? dry.error : undefined);
  const frozen = met !== undefined && asProblem(met).code === "inside_freeze" && can("calendar.override_freeze");
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run(false);
      await refresh();
      notifications.show({ message: t("move.done", { name: r.reference, status: to.name }) });
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
      title={t("move.verb", { status: to.name })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <Textarea
          label={t("move.note")}
          description={t("move.noteAbout")}
          autosize
          minRows={2}
          maxLength={2000}
          data-autofocus
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        {(frozen || overrideReason !== "") && (
          <Textarea
            label={t("move.override")}
            autosize
            maxLength={2000}
            value={overrideReason}
            onChange={(e) => setOverrideReason(e.currentTarget.value)}
          />
        )}
        <div aria-live="polite">
          {dry.isPending ? (
            <Skeleton h={40} />
          ) : met !== undefined ? (
            <Refusal error={met} />
          ) : (
            <Consequences items={dry.data?.consequences ?? []} />
          )}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            loading={busy}
            color={to.mode === "cancelled" ? "red.8" : undefined}
            disabled={dry.isPending || (dry.isError && !overrideReason)}
            onClick={() => void save()}
          >
            {t("move.verb", { status: to.name })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
