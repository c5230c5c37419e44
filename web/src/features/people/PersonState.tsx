import { StatusBadge, type Tone } from "@/components/StatusBadge";
import type { Person } from "./queries";
import { t } from "./text";

const tones: Record<Person["state"], Tone> = { PENDING: "attention", ACTIVE: "good", INACTIVE: "idle" };

export function PersonState({ state }: { state: Person["state"] }) {
  return <StatusBadge tone={tones[state]}>{t(`states.${state}`)}</StatusBadge>;
}
