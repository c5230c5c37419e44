import { Button, Menu, Skeleton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { ApplicationForm } from "./ApplicationForm";
import { DeleteApplication } from "./DeleteApplication";
import { ApplicationStatus } from "./Marks";
import { applicationAddress, useApplication } from "./queries";
import { t } from "./text";

/** The application of the address, for the parts of its page. */
export function useThisApplication() {
  const { id } = useParams({ strict: false }) as { id: string };
  return useApplication(id);
}

/** One application: its title, its acts and the tabs of its parts. */
export function ApplicationPage() {
  const query = useThisApplication();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"edit" | "delete">();
  const a = query.data;
  if (query.isError && !a) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!a)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={16} w="50%" mt="sm" />
        <Skeleton h={32} mt="md" />
        <Skeleton h={220} mt="md" />
      </div>
    );
  const may = (act: string) => a.allowedActs.includes(act);
  const at = applicationAddress(a.id);
  return (
    <>
      <PageHeader
        title={a.name}
        about={`${a.key} · ${a.unitName}`}
        crumbs={[{ label: t("title"), to: "/applications" }]}
        badge={<ApplicationStatus value={a.status} />}
      >
        <Button
          variant="default"
          onClick={() => void navigate({ to: "/delivery" as string, search: { application: a.id } as never })}
        >
          {t("delivery")}
        </Button>
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
              onClick={() => void navigate({ to: "/applications/map" as string, search: { focus: a.id } as never })}
            >
              {t("onMap")}
            </Menu.Item>
            {may("delete") && (
              <Menu.Item c="var(--status-bad)" onClick={() => setAsking("delete")}>
                {t("delete")}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </PageHeader>
      <LinkTabs
        tabs={[
          { to: at, label: t("tabs.overview"), exact: true },
          { to: `${at}/components`, label: t("tabs.components"), count: a.counts.components },
          { to: `${at}/repositories`, label: t("tabs.repositories"), count: a.counts.repositories },
          {
            to: `${at}/dependencies`,
            label: t("tabs.dependencies"),
            count: a.counts.upstream + a.counts.downstream,
          },
          { to: `${at}/history`, label: t("tabs.history") },
        ]}
      />
      <Outlet />
      <ApplicationForm application={a} opened={asking === "edit"} onClose={() => setAsking(undefined)} />
      <DeleteApplication
        application={a}
        opened={asking === "delete"}
        onClose={() => setAsking(undefined)}
        onDone={() => void navigate({ to: "/applications" as string })}
      />
    </>
  );
}
