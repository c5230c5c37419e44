import { Skeleton, Stack } from "@mantine/core";
import { ProblemAlert } from "@/components/ProblemAlert";
import { PolicyForm } from "./PolicyForm";
import { Questions } from "./Questions";
import { usePolicy } from "./queries";
import { Slots } from "./Slots";

/** What booking requests need, the time slots they choose from and the questions they are asked. */
export function SettingsPage() {
  const policy = usePolicy();
  return (
    <Stack gap="xl" py="md" maw={860}>
      {policy.isPending ? (
        <Skeleton h={200} aria-busy />
      ) : policy.isError ? (
        <ProblemAlert error={policy.error} onRetry={() => void policy.refetch()} />
      ) : (
        <PolicyForm key={policy.data.version} policy={policy.data} />
      )}
      <Slots />
      <Questions />
    </Stack>
  );
}
