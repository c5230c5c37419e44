import { ActionIcon, Indicator, Tooltip } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { unreadQuery } from "./queries";
import { t } from "./text";

/** The way to the inbox, with the number of records that hold something unread; the event stream keeps it fresh. */
export function InboxButton() {
  const { data } = useQuery(unreadQuery);
  const count = data?.unread ?? 0;
  const label = count > 0 ? t("inbox.unread", { count }) : t("inbox.title");
  return (
    <Tooltip label={label}>
      <Indicator
        label={count > 99 ? "99+" : count}
        size={16}
        offset={6}
        disabled={count === 0}
        color="var(--status-active-solid)"
      >
        <ActionIcon component={Link} to="/inbox" aria-label={label}>
          <IconInbox size={18} />
        </ActionIcon>
      </Indicator>
    </Tooltip>
  );
}
