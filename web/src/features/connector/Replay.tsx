import { Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { t } from "./text";

const goes = (state: string | undefined) => state === "waiting" || state === "running";

/** Applies the mapping rules to all that was collected before, with its progress. */
export function Replay() {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["mapping_replay", "list"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/mapping-rules/replays", { params: { query: { limit: 1 } }, signal })),
    refetchInterval: (q) => (goes(q.state.data?.items[0]?.state) ? 1000 : false),
  });
  const last = query.data?.items[0];
  const going = goes(last?.state);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !going) {
      notifications.show({ message: t("replay.done", { count: last?.changed ?? 0 }) });
      for (const kind of ["unmapped", "deployment", "incident", "work_item", "metric"])
        void client.invalidateQueries({ queryKey: [kind] });
    }
    was.current = going;
  }, [going, client, last?.changed]);
  return (
    <>
      {going && (
        <Text size="xs" c="dimmed" aria-live="polite">
          {t("runs.of", { done: last?.done ?? 0, total: last?.total ?? 0 })}
        </Text>
      )}
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} />}
        loading={going}
        onClick={async () => {
          try {
            await ok(api.POST("/api/v1/mapping-rules/replays", {}));
            await query.refetch();
          } catch (error) {
            notifications.show({ color: "red", message: asProblem(error).message });
          }
        }}
      >
        {t("replay.apply")}
      </Button>
    </>
  );
}
