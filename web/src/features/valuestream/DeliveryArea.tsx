import { Outlet } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

export function DeliveryArea() {
  const can = useCan();
  const records = can("delivery.view_delivery");
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/delivery", label: t("tabs.performance"), exact: true, may: can("valuestream.view_metrics") },
          { to: "/delivery/deployments", label: t("tabs.deployments"), exact: true, may: records },
          { to: "/delivery/changes", label: t("tabs.changes"), exact: true, may: records },
          { to: "/delivery/incidents", label: t("tabs.incidents"), exact: true, may: records },
          { to: "/delivery/work-items", label: t("tabs.workItems"), exact: true, may: records },
        ].filter((tab) => tab.may)}
      />
      <Outlet />
    </>
  );
}
