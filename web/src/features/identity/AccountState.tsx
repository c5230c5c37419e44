import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { t } from "./text";

type State = "PENDING" | "ACTIVE" | "INACTIVE";
const tones: Record<State, Tone> = { PENDING: "attention", ACTIVE: "good", INACTIVE: "idle" };

export function AccountState({ state }: { state: State }) {
  return <StatusBadge tone={tones[state]}>{t(`states.${state}`)}</StatusBadge>;
}
