import { Box } from "@mantine/core";
import { RecordHistory } from "@/components/RecordHistory";
import { Stakeholders } from "@/components/Stakeholders";
import { useThisEnvironment } from "./EnvironmentPage";
import { useThisGroup } from "./GroupPage";

/** Who has which part in the environment. */
export function StakeholdersTab() {
  const { data: e } = useThisEnvironment();
  return e ? (
    <Box py="md" maw={760}>
      <Stakeholders kind="environment" id={e.id} name={e.name} />
    </Box>
  ) : null;
}

export function GroupStakeholdersTab() {
  const { data: g } = useThisGroup();
  return g ? (
    <Box py="md" maw={760}>
      <Stakeholders kind="environment_group" id={g.id} name={g.name} />
    </Box>
  ) : null;
}

export function GroupHistoryTab() {
  const { data: g } = useThisGroup();
  return g ? <RecordHistory kind="environment_group" id={g.id} /> : null;
}
