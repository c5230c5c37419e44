import { Alert, Button, Menu, Skeleton } from "@mantine/core";
import { IconDots, IconInfoCircle } from "@tabler/icons-react";
import { Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Slot } from "@/components/Slot";
import { DeleteEnvironment } from "./DeleteEnvironment";
import { DuplicateEnvironment } from "./DuplicateEnvironment";
import { EnvironmentForm } from "./EnvironmentForm";
import { BookableMark } from "./Marks";
import { environmentAddress, useEnvironment } from "./queries";
import { t } from "./text";

/** The environment of the address, for the parts of its page. */
export function useThisEnvironment() {
  const { id } = useParams({ strict: false }) as { id: string };
  return useEnvironment(id);
}

/** One environment: its title, its acts and the tabs of its parts. `more` are tabs that other features bring. */
export function EnvironmentPage({ more = [] }: { more?: { to: string; label: string }[] }) {
  const query = useThisEnvironment();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"edit" | "duplicate" | "delete">();
  const e = query.data;
  if (query.isError && !e) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!e)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={16} w="50%" mt="sm" />
        <Skeleton h={32} mt="md" />
        <Skeleton h={220} mt="md" />
      </div>
    );
  const may = (act: string) => e.allowedActs.includes(act);
  const at = environmentAddress(e.id);
  const about = [e.key, e.application?.name, e.usage?.name, e.unitName].filter(Boolean).join(" · ");
  return (
    <>
      <PageHeader
        title={e.name}
        about={about}
        crumbs={[
          { label: t("title"), to: "/environments" },
          ...(e.parent ? [{ label: e.parent.name, to: environmentAddress(e.parent.id) }] : []),
        ]}
        badge={<BookableMark of={e} />}
      >
        <Slot part="follow" kind="environment" id={e.id} name={e.name} />
        {may("change") && (
          <Button variant="default" onClick={() => setAsking("edit")}>
            {t("edit")}
          </Button>
        )}
        <Menu>
          <Menu.Target>
            <Button variant="default" px="xs" aria-label={t("moreActs")}>
              <IconDots size={16} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              onClick={() =>
                void navigate({ to: "/environments/map" as string, search: { environment: e.id } as never })
              }
            >
              {t("onMap")}
            </Menu.Item>
            {may("duplicate") && <Menu.Item onClick={() => setAsking("duplicate")}>{t("duplicate.verb")}</Menu.Item>}
            {may("delete") && (
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("delete")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </PageHeader>
      {e.whyNot && (
        <Alert variant="default" icon={<IconInfoCircle />} mb="xs" py="xs">
          {e.whyNot}
        </Alert>
      )}
      <LinkTabs
        tabs={[
          { to: at, label: t("tabs.overview"), exact: true },
          ...more.map((m) => ({ ...m, to: `${at}/${m.to}` })),
          { to: `${at}/stack`, label: t("tabs.stack"), count: e.counts.components },
          { to: `${at}/configuration`, label: t("tabs.configuration"), count: e.counts.configurationItems },
          { to: `${at}/compare`, label: t("tabs.compare") },
          { to: `${at}/connections`, label: t("tabs.connections"), count: e.groups.length },
          { to: `${at}/stakeholders`, label: t("tabs.stakeholders") },
          { to: `${at}/history`, label: t("tabs.history") },
        ]}
      />
      <Outlet />
      <EnvironmentForm environment={e} opened={asking === "edit"} onClose={() => setAsking(undefined)} />
      <DuplicateEnvironment environment={asking === "duplicate" ? e : undefined} onClose={() => setAsking(undefined)} />
      <DeleteEnvironment
        environment={e}
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        onDone={() => void navigate({ to: "/environments" as string })}
      />
    </>
  );
}
