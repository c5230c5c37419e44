import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { LinkTabs } from "@/components/LinkTabs";
import { PageHeader } from "@/components/PageHeader";
import { useUnitScope, useUrl } from "@/lib/url";
import { showsView, useSavedViews } from "./savedView";
import { scheduleViews } from "./schedule";
import { t } from "./text";

/** The area of the schedule: its parts as tabs. */
export function BookingArea() {
  const can = useCan();
  const unit = useUnitScope();
  const { pathname } = useLocation();
  const { search } = useUrl();
  // The schedule is named after what its rows are, and after the saved view it shows.
  const onSchedule = pathname === "/schedule";
  const view = (onSchedule && scheduleViews.find((v) => v === search.view)) || "environments";
  const saved = useSavedViews(onSchedule).data?.items.find((v) => showsView(search, v));
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
      <PageHeader
        title={t(`area.titles.${view}`)}
        about={t(`area.abouts.${view}`)}
        badge={
          saved && (
            <Text size="sm" c="dimmed">
              {t("area.savedView", { name: saved.name })}
            </Text>
          )
        }
      />
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
