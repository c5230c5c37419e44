import { Outlet } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

/** The lists of the area; other features add theirs to the bar through `more`. */
export function EnvironmentsArea({ more = [] }: { more?: { to: string; label: string }[] }) {
  const can = useCan();
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/environments", label: t("tabs.list"), exact: true },
          ...more,
          { to: "/environment-groups", label: t("tabs.groups"), exact: true },
          { to: "/environments/map", label: t("tabs.map") },
          { to: "/environments/find", label: t("tabs.find") },
          ...(can("health.view_health")
            ? [
                { to: "/health", label: t("tabs.health") },
                { to: "/outages", label: t("tabs.outages"), exact: true },
              ]
            : []),
        ]}
      />
      <Outlet />
    </>
  );
}
