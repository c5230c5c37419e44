import { List, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ProblemAlert } from "@/components/ProblemAlert";
import type { Consequence } from "./queries";
import { t } from "./text";

/** What an act would bring about, told by the server's dry run before it is done. */
export function Consequences({
  of,
  ask,
  enabled = true,
}: {
  /** Names the question, so that another answer is asked for when it changes. */
  of: (string | undefined)[];
  ask: () => Promise<Consequence[]>;
  enabled?: boolean;
}) {
  const preview = useQuery({
    queryKey: ["consequences", ...of],
    queryFn: ask,
    enabled,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  if (!enabled) return null;
  return (
    <div aria-live="polite">
      <Text size="sm" fw={600}>
        {t("organisation.consequences")}
      </Text>
      {preview.isPending ? (
        <Skeleton h={16} mt={6} w="70%" />
      ) : preview.isError ? (
        <ProblemAlert error={preview.error} onRetry={() => void preview.refetch()} />
      ) : preview.data.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("organisation.noConsequences")}
        </Text>
      ) : (
        <List size="sm" spacing={2}>
          {preview.data.map((c) => (
            <List.Item key={c.kind + c.message}>{c.message}</List.Item>
          ))}
        </List>
      )}
    </div>
  );
}
