import { Button, Group } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { DetailDrawer } from "@/components/DetailDrawer";
import { Facts } from "@/components/Facts";
import { TimeText } from "@/components/Time";
import { DeleteApplication } from "./DeleteApplication";
import { ApplicationStatus, CriticalityMark } from "./Marks";
import { type Application, applicationAddress, useApplication } from "./queries";
import { t } from "./text";

/** An application's essentials and the acts allowed now. */
export function ApplicationDrawer({
  id,
  onClose,
  onEdit,
}: {
  id: string | undefined;
  onClose: () => void;
  onEdit: (a: Application) => void;
}) {
  const query = useApplication(id);
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const a = query.data;
  const may = (act: string) => a?.allowedActs.includes(act) ?? false;
  return (
    <>
      <DetailDrawer
        opened={Boolean(id)}
        onClose={onClose}
        kind={t("application")}
        title={a?.name ?? ""}
        badge={a && <ApplicationStatus value={a.status} />}
        page={id && applicationAddress(id)}
        pageLabel={t("openPage")}
        loading={query.isPending}
        error={query.error ?? undefined}
        onRetry={() => void query.refetch()}
        acts={
          a && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" component={Link} to={applicationAddress(a.id)}>
                {t("openPage")}
              </Button>
              {may("change") && (
                <Button size="compact-sm" variant="default" onClick={() => onEdit(a)}>
                  {t("edit")}
                </Button>
              )}
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => void navigate({ to: "/delivery" as string, search: { application: a.id } as never })}
              >
                {t("delivery")}
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => void navigate({ to: "/applications/map" as string, search: { focus: a.id } as never })}
              >
                {t("onMap")}
              </Button>
              {may("delete") && (
                <Button size="compact-sm" variant="default" c="var(--status-bad)" onClick={() => setDeleting(true)}>
                  {t("delete")}
                </Button>
              )}
            </Group>
          )
        }
      >
        {a && (
          <Facts
            items={[
              [t("key"), a.key],
              [t("unit"), a.unitName],
              [t("criticality"), <CriticalityMark key="c" value={a.criticality} />],
              [t("owners"), a.owners.map((o) => o.name).join(", ")],
              [t("vendor"), a.vendor],
              [t("description"), a.description],
              [t("aliases"), a.aliases.join(", ")],
              [t("components"), a.counts.components],
              [t("repositories"), a.counts.repositories],
              [t("needs"), a.counts.upstream],
              [t("neededBy"), a.counts.downstream],
              [t("updated"), <TimeText key="u" value={a.updatedAt} />],
            ]}
          />
        )}
      </DetailDrawer>
      {a && <DeleteApplication application={a} opened={deleting} onClose={() => setDeleting(false)} onDone={onClose} />}
    </>
  );
}
