import { StatusBadge, type Tone } from "@/components/StatusBadge";
import type { Connection, Run } from "./queries";
import { t } from "./text";

const health: Record<NonNullable<Connection["health"]>["state"], Tone> = {
  FRESH: "good",
  LATE: "attention",
  FAILING: "bad",
  NEVER: "idle",
  PAUSED: "frozen",
};
const runs: Record<Run["state"], Tone> = {
  QUEUED: "idle",
  RUNNING: "active",
  SUCCEEDED: "good",
  FAILED: "bad",
  CANCELLED: "frozen",
};

export function Health({ connection: c }: { connection: Connection }) {
  const state = c.state === "PAUSED" ? "PAUSED" : (c.health?.state ?? "NEVER");
  return <StatusBadge tone={health[state]}>{t(`health.${state}`)}</StatusBadge>;
}

export function RunState({ state }: { state: Run["state"] }) {
  return <StatusBadge tone={runs[state]}>{t(`runStates.${state}`)}</StatusBadge>;
}
