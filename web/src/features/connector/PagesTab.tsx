import { Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import classes from "./connector.module.css";
import { useConnection } from "./queries";
import { t } from "./text";

/** What the tool sent that the rules could not make records of, with a sample of each. */
export function PagesTab() {
  const { data: c } = useConnection();
  const query = useQuery({
    queryKey: keys.part("connection", c?.id ?? "", "unmapped"),
    queryFn: async ({ signal }) =>
      (await ok(api.GET("/api/v1/connections/{id}/unmapped-pages", { params: { path: { id: c?.id ?? "" } }, signal })))
        .items,
    enabled: Boolean(c),
  });
  if (query.isPending) return <Skeleton h={160} my="md" />;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) return <EmptyState title={t("unread.none")} body={t("unread.noneBody")} />;
  return (
    <Stack py="md" gap="sm">
      <Text size="sm" c="dimmed">
        {t("unread.about")}
      </Text>
      <ul className={classes.rows} aria-label={t("tabs.pages")}>
        {query.data.map((p) => {
          const reason = textOr("connector", `unread.reasons.${p.reason}`, p.reason.replaceAll("_", " "));
          return (
            <li key={`${p.endpoint} ${p.reason}`}>
              <Text size="sm" fw={500}>
                {reason}
              </Text>
              <Text size="xs" c="dimmed">
                <code>{p.endpoint}</code> · {t("unread.seen", { count: p.occurrences })}{" "}
                <TimeText value={p.lastSeenAt} plain />
              </Text>
              {p.sample && (
                // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
                <section className={classes.sample} tabIndex={0} aria-label={t("unread.sample", { reason })}>
                  {p.sample}
                </section>
              )}
            </li>
          );
        })}
      </ul>
    </Stack>
  );
}
