import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { useUnitScope } from "@/lib/url";
import { t } from "./text";

/** The area of the schedule: its parts as tabs. */
export function BookingArea() {
  const can = useCan();
  const unit = useUnitScope();
  // A full page of what waits counts as "so many and more"; the tab only says that something does.
  const pending = useQuery({
    queryKey: keys.list("booking", { pending: "count", unit }),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/bookings/pending", { params: { query: { unit, limit: 100 } }, signal })),
    staleTime: 60_000,
  });
  const waiting = pending.data?.items.length;
  return (
    <>
      <PageHeader title={t("area.title")} about={t("area.about")} />
      <div className="no-print">
        <LinkTabs
          label={t("area.title")}
          tabs={[
            { to: "/schedule", label: t("area.schedule") },
            { to: "/bookings", label: t("bookings"), exact: true },
            { to: "/approvals", label: t("area.approvals"), count: waiting || undefined },
            { to: "/conflicts", label: t("conflicts.title") },
            { to: "/openings", label: t("area.openings") },
            { to: "/calendar-feeds", label: t("area.feeds") },
            ...(can("booking.manage_policy") ? [{ to: "/booking-policies", label: t("area.policies") }] : []),
          ]}
        />
      </div>
      <Outlet />
    </>
  );
}
