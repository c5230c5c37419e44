import {
  IconApps,
  IconCalendarEvent,
  IconCalendarTime,
  IconChartLine,
  IconClipboardList,
  IconHistory,
  IconHome,
  IconPlugConnected,
  IconReportAnalytics,
  IconServer2,
  IconSettings,
  IconUsers,
} from "@tabler/icons-react";

/** The product areas, in the order and the words of the field. One line each; only areas that exist. */
export const areas = [
  { to: "/", key: "nav.home", icon: IconHome },
  { to: "/schedule", key: "nav.schedule", icon: IconCalendarTime },
  { to: "/environments", key: "nav.environments", icon: IconServer2 },
  { to: "/requests" as string, key: "nav.requests", icon: IconClipboardList },
  { to: "/delivery", key: "nav.delivery", icon: IconChartLine },
  { to: "/reports/environments", key: "nav.reports", icon: IconReportAnalytics },
  { to: "/calendar" as string, key: "nav.calendar", icon: IconCalendarEvent },
  { to: "/applications", key: "nav.applications", icon: IconApps },
  { to: "/connections", key: "nav.connections", icon: IconPlugConnected },
  { to: "/people", key: "nav.people", icon: IconUsers },
  { to: "/history", key: "nav.history", icon: IconHistory },
  { to: "/settings", key: "nav.settings", icon: IconSettings },
] as const;

/** Addresses of an area that do not lie below its own. */
export const alsoOf: Partial<Record<string, string[]>> = {
  "/environments": ["/environment-groups", "/health", "/outages"],
  "/requests": ["/booking-requests", "/environment-change-requests"],
};
