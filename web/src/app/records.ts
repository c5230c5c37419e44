import {
  type Icon,
  IconApps,
  IconBeach,
  IconCalendarTime,
  IconClipboardList,
  IconFile,
  IconGitPullRequest,
  IconKey,
  IconPlugConnected,
  IconRobot,
  IconRocket,
  IconServer2,
  IconServerOff,
  IconShield,
  IconSitemap,
  IconSnowflake,
  IconStack2,
  IconTicket,
  IconTool,
  IconUrgent,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import { textOr } from "@/lib/i18n";

// Where a record of a kind lies, and its sign. One line for each kind a person can open.
const places: Record<string, { to: string; icon: Icon; inList?: boolean }> = {
  application: { to: "/applications/$id", icon: IconApps },
  environment: { to: "/environments/$id", icon: IconServer2 },
  environment_group: { to: "/environment-groups/$id", icon: IconStack2 },
  outage: { to: "/outages/$id", icon: IconServerOff },
  connection: { to: "/connections/$id", icon: IconPlugConnected },
  deployment: { to: "/delivery/deployments/$id", icon: IconRocket },
  change_request: { to: "/delivery/changes/$id", icon: IconGitPullRequest },
  incident: { to: "/delivery/incidents/$id", icon: IconUrgent },
  work_item: { to: "/delivery/work-items/$id", icon: IconTicket },
  booking: { to: "/bookings/$id", icon: IconCalendarTime },
  booking_request: { to: "/booking-requests/$id", icon: IconClipboardList },
  environment_change_request: { to: "/environment-change-requests/$id", icon: IconClipboardList },
  freeze: { to: "/calendar/freezes/$id", icon: IconSnowflake },
  holiday: { to: "/calendar/holidays", icon: IconBeach, inList: true },
  maintenance_window: { to: "/calendar/maintenance-windows", icon: IconTool, inList: true },
  person: { to: "/people", icon: IconUser, inList: true },
  team: { to: "/people/teams", icon: IconUsersGroup, inList: true },
  unit: { to: "/people/organisation", icon: IconSitemap, inList: true },
  role: { to: "/people/roles", icon: IconShield, inList: true },
  service_account: { to: "/settings/service-accounts", icon: IconRobot, inList: true },
  identity_provider: { to: "/settings/sign-in", icon: IconKey, inList: true },
};

/** The address of a record, for `navigate`; a kind without a page of its own leads to its history. */
export function recordAddress(kind: string, id: string): { to: string; params?: object; search?: object } {
  const place = places[kind];
  if (!place) return { to: "/history", search: { subjectKind: kind, subjectId: id } };
  if (place.inList) return { to: place.to, search: { open: id } };
  return { to: place.to, params: { id } };
}

export function recordIcon(kind: string): Icon {
  return places[kind]?.icon ?? IconFile;
}

export function recordWord(kind: string): string {
  const plain = kind.replaceAll("_", " ");
  return textOr("app", `kinds.${kind}`, plain.charAt(0).toUpperCase() + plain.slice(1));
}
