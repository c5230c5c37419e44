import { Button, Menu, Skeleton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Slot } from "@/components/Slot";
import { DeleteGroup } from "./DeleteEnvironment";
import { GroupForm } from "./GroupForm";
import { LookupMark } from "./Marks";
import { groupAddress, useGroup } from "./queries";
import { t } from "./text";

/** The group of the address, for the parts of its page. */
export function useThisGroup() {
  const { id } = useParams({ strict: false }) as { id: string };
  return useGroup(id);
}

/** One group: its title, its acts and the tabs of its parts. */
export function GroupPage() {
  const query = useThisGroup();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"edit" | "delete">();
  const g = query.data;
  if (query.isError && !g) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!g)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={16} w="50%" mt="sm" />
        <Skeleton h={220} mt="md" />
      </div>
    );
  const may = (act: string) => g.allowedActs.includes(act);
  const at = groupAddress(g.id);
  return (
    <>
      <PageHeader
        title={g.name}
        about={[g.key, g.unitName, g.description].filter(Boolean).join(" · ")}
        crumbs={[
          { label: t("title"), to: "/environments" },
          { label: t("groups"), to: "/environment-groups" },
        ]}
        badge={g.usage && <LookupMark value={g.usage} />}
      >
        <Slot part="follow" kind="environment_group" id={g.id} name={g.name} />
        {may("change") && (
          <Button variant="default" onClick={() => setAsking("edit")}>
            {t("edit")}
          </Button>
        )}
        {may("delete") && (
          <Menu>
            <Menu.Target>
              <Button variant="default" px="xs" aria-label={t("moreActs")}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("delete")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHeader>
      <LinkTabs
        tabs={[
          { to: at, label: t("members"), exact: true, count: g.memberCount },
          { to: `${at}/connections`, label: t("connections.title") },
          { to: `${at}/map`, label: t("tabs.map") },
          { to: `${at}/stakeholders`, label: t("tabs.stakeholders") },
          { to: `${at}/history`, label: t("tabs.history") },
        ]}
      />
      <Outlet />
      <GroupForm group={g} opened={asking === "edit"} onClose={() => setAsking(undefined)} />
      <DeleteGroup
        group={g}
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        onDone={() => void navigate({ to: "/environment-groups" as string })}
      />
    </>
  );
}
