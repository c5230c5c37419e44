import { Box, Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/query";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { Slot } from "@/components/Slot";
import { TimeText } from "@/components/Time";
import { DeleteEnvironment } from "./DeleteEnvironment";
import type { HealthColumn } from "./EnvironmentsPage";
import { BookableMark, capacityWords, DataMark, GroupNames, LookupMark } from "./Marks";
import { type Environment, environmentAddress, useEnvironment } from "./queries";
import { t } from "./text";

/** An environment's essentials and the acts allowed now. */
export function EnvironmentDrawer({
  id,
  health,
  onClose,
  onEdit,
  onDuplicate,
}: {
  id: string | undefined;
  health?: HealthColumn;
  onClose: () => void;
  onEdit: (e: Environment) => void;
  onDuplicate: (e: Environment) => void;
}) {
  const query = useEnvironment(id);
  const [deleting, setDeleting] = useState(false);
  const e = query.data;
  const state = useQuery({
    queryKey: keys.part("environment", id ?? "", "health word"),
    queryFn: async ({ signal }) => (await health?.load([id ?? ""], signal))?.get(id ?? "") ?? "",
    enabled: Boolean(id && health),
  });
  const may = (act: string) => e?.allowedActs.includes(act) ?? false;
  return (
    <>
      <DetailDrawer
        opened={Boolean(id)}
        onClose={onClose}
        kind={t("environment")}
        title={e?.name ?? ""}
        badge={e && <BookableMark of={e} />}
        page={id && environmentAddress(id)}
        pageLabel={t("openPage")}
        loading={query.isPending}
        error={query.error ?? undefined}
        onRetry={() => void query.refetch()}
        acts={
          e && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" component={Link} to={environmentAddress(e.id)}>
                {t("openPage")}
              </Button>
              <Button size="compact-sm" variant="default" component={Link} to={`${environmentAddress(e.id)}/stack`}>
                {t("tabs.stack")}
              </Button>
              {may("change") && (
                <Button size="compact-sm" variant="default" onClick={() => onEdit(e)}>
                  {t("edit")}
                </Button>
              )}
              {may("duplicate") && (
                <Button size="compact-sm" variant="default" onClick={() => onDuplicate(e)}>
                  {t("duplicate.verb")}
                </Button>
              )}
              {may("delete") && (
                <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={() => setDeleting(true)}>
                  {t("delete")}
                </Button>
              )}
            </Group>
          )
        }
      >
        {e && (
          <>
            <Box mb="md">
              <Slot part="bookings" kind="environment" id={e.id} name={e.name} />
            </Box>
            <Facts
              items={[
                [t("key"), e.key],
                ...(e.whyNot ? ([[t("whyNot"), e.whyNot]] as [string, ReactNode][]) : []),
                ...(health
                  ? ([[t("health"), state.isSuccess ? health.show(state.data || undefined) : undefined]] as [
                      string,
                      ReactNode,
                    ][])
                  : []),
                [t("application"), e.application?.name],
                [t("unit"), e.unitName],
                [t("usage"), <LookupMark key="u" value={e.usage} />],
                [t("status"), <LookupMark key="s" value={e.status} />],
                [t("capacity"), capacityWords(e.capacity)],
                [t("approval"), e.autoApprove ? t("approvals.auto") : t("approvals.asked")],
                [t("data"), <DataMark key="d" of={e} />],
                [t("installed"), e.installedVersion],
                [t("groups"), <GroupNames key="g" of={e} />],
                [t("owner"), e.owner?.name],
                [t("alert"), e.alert],
                [t("expires"), e.expiresAt && <TimeText value={e.expiresAt} />],
                [t("updated"), <TimeText key="t" value={e.updatedAt} />],
              ]}
            />
          </>
        )}
      </DetailDrawer>
      {e && <DeleteEnvironment environment={e} opened={deleting} onClose={() => setDeleting(false)} onDone={onClose} />}
    </>
  );
}
