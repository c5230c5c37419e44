import { Outlet } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

export function ConnectionsArea() {
  const can = useCan();
  const records = can("delivery.view_delivery");
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/connections", label: t("tabs.connections"), exact: true, may: can("connector.view_connection") },
          { to: "/connections/unmapped", label: t("tabs.unmapped"), may: records },
          { to: "/connections/rules", label: t("tabs.rules"), may: records },
          { to: "/connections/accounts", label: t("tabs.accounts"), may: records },
        ].filter((tab) => tab.may)}
      />
      <Outlet />
    </>
  );
}
