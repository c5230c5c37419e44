import { Outlet } from "@tanstack/react-router";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

/** What people ask of those who look after environments. */
export function RequestsArea() {
  const can = useCan();
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/requests", label: t("tabs.bookings"), exact: true, may: true },
          { to: "/requests/changes", label: t("tabs.changes"), may: true },
          { to: "/requests/bench", label: t("tabs.bench"), may: true },
          { to: "/requests/settings", label: t("tabs.settings"), may: can("request.manage_settings") },
        ].filter((tab) => tab.may)}
      />
      <Outlet />
    </>
  );
}
