import { Outlet } from "@tanstack/react-router";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { t } from "./text";

/** The calendar of the organisation: when nothing may be booked or deployed, and when people work. */
export function CalendarArea() {
  return (
    <>
      <PageHeader title={t("title")} />
      <LinkTabs
        tabs={[
          { to: "/calendar", label: t("tabs.year"), exact: true },
          { to: "/calendar/freezes", label: t("tabs.freeze") },
          { to: "/calendar/holidays", label: t("tabs.holiday") },
          { to: "/calendar/maintenance-windows", label: t("tabs.maintenance") },
          { to: "/calendar/working-time", label: t("tabs.workingTime") },
          { to: "/calendar/freeze-types", label: t("tabs.types") },
        ]}
      />
      <Outlet />
    </>
  );
}
