import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBell, IconBellOff } from "@tabler/icons-react";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import type { SlotProps } from "@/components/Slot";
import { t } from "./text";
import { useFollowing, useWatchers } from "./watchers";

/** Follows the record, or stops; for the acts beside a page's title. */
export function FollowButton({ kind, id }: SlotProps) {
  const query = useWatchers(kind, id);
  const { change, busy, problem } = useFollowing(kind, id);
  useEffect(() => {
    if (problem) notifications.show({ color: "red", message: asProblem(problem).message, autoClose: false });
  }, [problem]);
  const list = query.data;
  if (!list || (!list.actions.includes("follow") && !list.actions.includes("unfollow"))) return null;
  return (
    <Button
      variant="default"
      loading={busy}
      leftSection={list.following ? <IconBellOff size={16} /> : <IconBell size={16} />}
      onClick={() => void change(!list.following)}
    >
      {list.following ? t("unfollow") : t("follow")}
    </Button>
  );
}
