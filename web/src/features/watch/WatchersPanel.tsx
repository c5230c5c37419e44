import {
  ActionIcon,
  Button,
  Group,
  Modal,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconMail, IconTrash, IconUser, IconUsersGroup } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { personPicker, teamPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { partOf } from "@/api/records";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import type { SlotProps } from "@/components/Slot";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { useProblemForm } from "@/components/useProblemForm";
import { textOr } from "@/lib/i18n";
import { t } from "./text";
import classes from "./watch.module.css";
import { useFollowing, useWatchers, type Watcher } from "./watchers";

/** Who is told of changes to a record: persons, teams and addresses outside the organisation. */
export function WatchersPanel({ kind, id, name }: SlotProps) {
  const client = useQueryClient();
  const query = useWatchers(kind, id);
  const mine = useFollowing(kind, id);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Watcher>();
  const may = (act: string) => query.data?.actions.includes(act) ?? false;
  const list = query.data;
  return (
    <section aria-label={t("title")}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2}>{t("title")}</Title>
        <Group gap="xs">
          {(may("follow") || may("unfollow")) && (
            <Button
              size="compact-sm"
              variant="default"
              loading={mine.busy}
              onClick={() => void mine.change(!list?.following)}
            >
              {list?.following ? t("unfollow") : t("follow")}
            </Button>
          )}
          {may("add") && (
            <Button size="compact-sm" variant="default" onClick={() => setAdding(true)}>
              {t("add")}
            </Button>
          )}
        </Group>
      </Group>
      {mine.problem !== undefined && <ProblemAlert error={mine.problem} />}
      {query.isPending ? (
        <Skeleton h={80} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          {query.data.muted && (
            <Text size="sm" c="dimmed" mb="xs">
              {t("mutedNote")}
            </Text>
          )}
          {query.data.items.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t("emptyTitle")}. {t("emptyBody")}
            </Text>
          ) : (
            <ul className={classes.list}>
              {query.data.items.map((w) => (
                <li key={w.id}>
                  {w.email ? (
                    <IconMail size={16} role="img" aria-label={t("outside")} />
                  ) : w.teamId ? (
                    <IconUsersGroup size={16} role="img" aria-label={t("team")} />
                  ) : (
                    <IconUser size={16} role="img" aria-label={t("person")} />
                  )}
                  <div className={classes.words}>
                    <Group gap="xs">
                      <Text size="sm">{w.name || w.email}</Text>
                      {w.state && w.state !== "ACTIVE" && <StatusBadge tone="idle">{t("left")}</StatusBadge>}
                    </Group>
                    <Text size="xs" c="dimmed">
                      {t("since", { reason: textOr("watch", `reasons.${w.reason}`, w.reason) })}{" "}
                      <TimeText value={w.since} as="day" />
                    </Text>
                  </div>
                  {may("remove") && (
                    <ActionIcon aria-label={t("remove", { name: w.name || w.email })} onClick={() => setLeaving(w)}>
                      <IconTrash size={16} />
                    </ActionIcon>
                  )}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {adding && <WatcherForm kind={kind} id={id} onClose={() => setAdding(false)} />}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("removeTitle", { name: leaving?.name || leaving?.email })}
        body={leaving?.email ? t("removeOutside", { record: name }) : t("removeBody", { record: name })}
        verb={t("verbRemove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE(partOf(kind, "watchers/{watcherId}"), {
              params: { path: { id, watcherId: leaving?.id ?? "" } },
            }),
          );
          await client.invalidateQueries({ queryKey: keys.part(kind, id, "watchers") });
        }}
      />
    </section>
  );
}

function WatcherForm({ kind, id, onClose }: { kind: string; id: string; onClose: () => void }) {
  const client = useQueryClient();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { sort: "person", personId: "", teamId: "", email: "" },
  });
  const { sort, personId, teamId, email } = form.getValues();
  const complete = sort === "person" ? personId : sort === "team" ? teamId : email.trim();
  const save = async () => {
    const body = sort === "person" ? { personId } : sort === "team" ? { teamId } : { email: email.trim() };
    const saved = await send(async () => {
      const list = await ok(api.POST(partOf(kind, "watchers"), { params: { path: { id } }, body }));
      client.setQueryData(keys.part(kind, id, "watchers"), list);
    });
    if (saved) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t("add")} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} />}
          <SegmentedControl
            aria-label={t("who")}
            value={sort}
            onChange={(v) => form.setFieldValue("sort", v)}
            data={[
              { value: "person", label: t("person") },
              { value: "team", label: t("team") },
              { value: "outside", label: t("outside") },
            ]}
          />
          {sort === "outside" ? (
            <TextInput
              label={t("email")}
              description={t("emailAbout")}
              type="email"
              autoComplete="off"
              maxLength={254}
              data-autofocus
              {...form.getInputProps("email")}
            />
          ) : sort === "team" ? (
            <RemotePicker
              key="team"
              label={t("team")}
              source={teamPicker}
              value={teamId || null}
              error={form.errors.teamId}
              onChange={(v) => form.setFieldValue("teamId", v ?? "")}
            />
          ) : (
            <RemotePicker
              key="person"
              label={t("person")}
              source={personPicker}
              value={personId || null}
              error={form.errors.personId}
              onChange={(v) => form.setFieldValue("personId", v ?? "")}
              data-autofocus
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!complete}>
              {t("add")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
