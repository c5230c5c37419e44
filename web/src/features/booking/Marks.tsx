import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { textOr } from "@/lib/i18n";
import { type Status, statusTones } from "./queries";
import "./text";

/** The colour of a status, also of one this page does not know yet. */
export const statusTone = (status: string): Tone => statusTones[status as Status] ?? "idle";
export const statusText = (status: string): string => textOr("booking", `statuses.${status}`, status);
export const intentText = (intent: string): string => textOr("booking", `intents.${intent}`, intent);

export function BookingStatus({ value }: { value: string }) {
  return <StatusBadge tone={statusTone(value)}>{statusText(value)}</StatusBadge>;
}
