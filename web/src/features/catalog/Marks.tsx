import { IconChevronsUp, IconChevronUp, IconEqual, IconMinus } from "@tabler/icons-react";
import { StatusBadge } from "@/components/StatusBadge";
import type { Application, Criticality } from "./queries";
import { t } from "./text";

const signs = { MISSION_CRITICAL: IconChevronsUp, HIGH: IconChevronUp, MEDIUM: IconEqual, LOW: IconMinus };

/** How much depends on an application. It is a property, not a status, so it has a sign and no status colour. */
export function CriticalityMark({ value }: { value: Criticality }) {
  return (
    <StatusBadge tone="idle" icon={signs[value]}>
      {t(`criticalities.${value}`)}
    </StatusBadge>
  );
}

export function ApplicationStatus({ value }: { value: Application["status"] }) {
  return <StatusBadge tone={value === "ACTIVE" ? "good" : "idle"}>{t(`statuses.${value}`)}</StatusBadge>;
}
