import { Button, Group, Menu, Modal, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { Refusal } from "./DryRun";
import { Consequences } from "./Marks";
import { type Card, type ChangeRequest, useRefresh, useStack, version } from "./queries";
import classes from "./request.module.css";
import { t } from "./text";
import { useFocusBack } from "./useFocusBack";

type CardStatus = Card["status"];
const tones: Record<CardStatus, Tone> = {
  planned: "idle",
  in_progress: "active",
  done: "good",
  failed: "bad",
  skipped: "idle",
};

/** The progression path: where the change is done, one card after the other. */
export function Cards({ request: r }: { request: ChangeRequest }) {
  const [moving, setMoving] = useState<{ card: Card; to: CardStatus }>();
  const may = r.allowedActs.includes("move_card");
  return (
    <section aria-label={t("cards.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("cards.title")}</Title>
        {r.inOrder && (
          <Text size="xs" c="dimmed">
            {t("cards.inOrder")}
          </Text>
        )}
      </Group>
      {r.cards.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("cards.none")}
        </Text>
      ) : (
        <Stack gap="sm" component="ol" style={{ margin: 0, padding: 0, listStyle: "none" }}>
          {r.cards.map((c) => {
            const name = c.environment?.name ?? c.group?.name ?? "";
            const to = c.environment ? `/environments/${c.environment.key}` : `/environment-groups/${c.group?.key}`;
            return (
              <li key={c.id} className={classes.card}>
                <Group justify="space-between" gap="xs">
                  <Text size="sm" fw={600} component={Link} to={to as string} className={classes.link}>
                    {name}
                  </Text>
                  <Group gap="xs">
                    <StatusBadge tone={tones[c.status]}>{t(`cardStates.${c.status}`)}</StatusBadge>
                    {may && c.next.length > 0 && (
                      <Menu>
                        <Menu.Target>
                          <Button
                            variant="default"
                            size="compact-sm"
                            rightSection={<IconChevronDown size={14} />}
                            aria-label={t("cards.moveOf", { name })}
                          >
                            {t("move.title")}
                          </Button>
                        </Menu.Target>
                        <Menu.Dropdown>
                          {c.next.map((status) => (
                            <Menu.Item key={status} onClick={() => setMoving({ card: c, to: status as CardStatus })}>
                              {t(`cardStates.${status as CardStatus}`)}
                            </Menu.Item>
                          ))}
                        </Menu.Dropdown>
                      </Menu>
                    )}
                  </Group>
                </Group>
                <Parts card={c} />
                {c.note && <Text size="sm">{c.note}</Text>}
                {(c.startedAt || c.endedAt) && (
                  <Text size="xs" c="dimmed">
                    {c.startedAt && <TimeText value={c.startedAt} plain />}
                    {c.endedAt && (
                      <>
                        {" – "}
                        <TimeText value={c.endedAt} plain />
                      </>
                    )}
                    {c.actorName && ` · ${c.actorName}`}
                  </Text>
                )}
              </li>
            );
          })}
        </Stack>
      )}
      {moving && <CardDialog request={r} {...moving} onClose={() => setMoving(undefined)} />}
    </section>
  );
}

/** What a card comes to have, and on which hosts. */
function Parts({ card: c }: { card: Card }) {
  const stack = useStack(c.hosts.length > 0 ? c.environment?.id : undefined);
  const names = c.hosts.flatMap((id) => stack.data?.hosts.find((h) => h.id === id)?.name ?? []);
  return (
    <>
      {c.targets.length > 0 && (
        <Text size="sm">
          {c.targets
            .map((x) => [x.name ?? x.component ?? x.application, x.version].filter(Boolean).join(" "))
            .join(", ")}
        </Text>
      )}
      {names.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("cards.on", { hosts: names.join(", ") })}
        </Text>
      )}
    </>
  );
}

function CardDialog({
  request: r,
  card,
  to,
  onClose,
}: {
  request: ChangeRequest;
  card: Card;
  to: CardStatus;
  onClose: () => void;
}) {
  useFocusBack();
  const refresh = useRefresh("environment_change_request");
  const [note, setNote] = useState(card.note ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const name = card.environment?.name ?? card.group?.name ?? "";
  const run = (dryRun: boolean) =>
    ok(
      api.POST("/api/v1/environment-change-requests/{id}/cards/{card}/moves", {
        params: { path: { id: r.id, card: card.id }, query: { dryRun }, ...version(r.version) },
        body: { status: to, note: note.trim() || undefined },
      }),
    );
  const dry = useQuery({
    queryKey: ["consequences", "card", card.id, r.version, to],
    queryFn: () => run(true),
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run(false);
      await refresh();
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
      title={t("cards.moveTitle", { name, status: t(`cardStates.${to}`) })}
      closeButtonProps={{ "aria-label": t("cancel") }}
    >
      <Stack gap="sm">
        <Textarea
          label={t("cards.note")}
          autosize
          maxLength={2000}
          data-autofocus
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        {dry.isPending ? (
          <Skeleton h={32} />
        ) : problem !== undefined || dry.isError ? (
          <Refusal error={problem ?? dry.error} />
        ) : (
          <Consequences items={dry.data.consequences} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button loading={busy} disabled={!dry.isSuccess} onClick={() => void save()}>
            {t(`cardStates.${to}`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
