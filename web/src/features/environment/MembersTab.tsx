import { ActionIcon, Alert, Anchor, Button, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowDown, IconArrowUp, IconInfoCircle, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, ok } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { Facts } from "@/components/Facts";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { Slot } from "@/components/Slot";
import classes from "./environment.module.css";
import { useThisGroup } from "./GroupPage";
import { environmentAddress, type Named, useConnections, version } from "./queries";
import { t } from "./text";

/** The environments of a group in their order; what changes is saved as a whole. */
export function MembersTab() {
  const query = useThisGroup();
  const g = query.data;
  const client = useQueryClient();
  const connections = useConnections({ group: g?.id });
  const [draft, setDraft] = useState<Named[]>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const saved = g?.version;
  // Somebody else's change starts over from what is saved.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for the members
  useEffect(() => setDraft(undefined), [saved]);
  if (!g) return null;
  const may = g.allowedActs.includes("change_members") && g.hiddenMembers === 0;
  const list = draft ?? g.members;
  const move = (i: number, by: number) => {
    const next = [...list];
    const [one] = next.splice(i, 1);
    if (one) next.splice(i + by, 0, one);
    setDraft(next);
  };
  const leaving = g.members.filter((m) => !list.some((x) => x.id === m.id));
  const lost = (connections.data ?? []).filter((c) => leaving.some((m) => m.id === c.sourceId || m.id === c.targetId));
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(
        api.PUT("/api/v1/environment-groups/{id}/members", {
          params: { path: { id: g.id }, ...version(g.version) },
          body: { members: list.map((m) => m.id) },
        }),
      );
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.all("environment_group") }),
        client.invalidateQueries({ queryKey: keys.all("environment") }),
      ]);
      void client.invalidateQueries({ queryKey: ["environment_map"] });
      setDraft(undefined);
      notifications.show({ message: t("saved", { name: g.name }) });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" py="md">
      <Stack gap="sm">
        <Title order={2}>{t("members")}</Title>
        {g.hiddenMembers > 0 && (
          <Alert variant="default" icon={<IconInfoCircle />}>
            {t("membersHidden", { count: g.hiddenMembers })}
          </Alert>
        )}
        {may && (
          <RemotePicker
            key={list.length}
            label={t("addMember")}
            source={environmentPicker}
            value={null}
            onChange={(id, name) => {
              if (id && !list.some((m) => m.id === id)) setDraft([...list, { id, key: "", name: name ?? id }]);
            }}
          />
        )}
        {list.length === 0 ? (
          <EmptyState title={t("noMembers")} body={t("noMembersBody")} />
        ) : (
          <ol className={classes.members}>
            {list.map((m, i) => (
              <li key={m.id}>
                <span>
                  <Anchor component={Link} to={environmentAddress(m.id)} fz="sm">
                    {m.name}
                  </Anchor>
                  {m.key && m.key !== m.name && (
                    <Text span size="xs" c="dimmed" ml={8}>
                      {m.key}
                    </Text>
                  )}
                </span>
                {may && (
                  <Group gap={0} wrap="nowrap">
                    <ActionIcon
                      aria-label={t("moveUp", { name: m.name })}
                      disabled={i === 0}
                      onClick={() => move(i, -1)}
                    >
                      <IconArrowUp size={16} />
                    </ActionIcon>
                    <ActionIcon
                      aria-label={t("moveDown", { name: m.name })}
                      disabled={i === list.length - 1}
                      onClick={() => move(i, 1)}
                    >
                      <IconArrowDown size={16} />
                    </ActionIcon>
                    <ActionIcon
                      aria-label={t("takeOut", { name: m.name })}
                      onClick={() => setDraft(list.filter((x) => x.id !== m.id))}
                    >
                      <IconX size={16} />
                    </ActionIcon>
                  </Group>
                )}
              </li>
            ))}
          </ol>
        )}
        {lost.length > 0 && (
          <Alert variant="default" icon={<IconInfoCircle color="var(--status-attention)" />} role="status">
            {t("connectionsLost", { count: lost.length })}
          </Alert>
        )}
        {problem !== undefined && <ProblemAlert error={problem} />}
        {draft && (
          <Group gap="xs">
            <Button loading={busy} onClick={() => void save()}>
              {t("saveMembers")}
            </Button>
            <Button variant="default" onClick={() => setDraft(undefined)}>
              {t("cancel")}
            </Button>
          </Group>
        )}
      </Stack>
      <Stack gap="xs">
        <Title order={2}>{t("about")}</Title>
        <Facts
          items={[
            [t("key"), g.key],
            [t("unit"), g.unitName],
            [t("owner"), g.owner?.name],
            [t("approval"), g.autoApprove ? t("approvals.auto") : t("approvals.asked")],
            [t("alert"), g.alert],
            [t("vendor"), g.vendor],
            [t("description"), g.description],
          ]}
        />
        <Slot part="comments" kind="environment_group" id={g.id} name={g.name} />
        <Slot part="attachments" kind="environment_group" id={g.id} name={g.name} />
      </Stack>
    </SimpleGrid>
  );
}
