import { Anchor, Button, Collapse, Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconGitCommit, IconGitMerge, IconHeartbeat, IconRocket, IconUrgent } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { DetailDrawer } from "@/components/DetailDrawer";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import { localDay } from "@/lib/time";
import { useUrl } from "@/lib/url";
import { type Metric, say } from "./measure";
import classes from "./PerformancePage.module.css";
import type { DeliveryQuery } from "./scope";
import { t } from "./text";

type Item = Schema<"ValuestreamItemView">;

const plain = (n: number | undefined) => (n ?? 0).toLocaleString("en");
const words = (group: string, code: string) => textOr("valuestream", `${group}.${code}`, code.replaceAll("_", " "));

/** The items a number is made of, and those it leaves out with the reason. */
export function ItemsDrawer({
  metric,
  query,
  onClose,
}: {
  metric: Metric | undefined;
  query: DeliveryQuery;
  onClose: () => void;
}) {
  const { search, set } = useUrl();
  const state = search.items === "excluded" ? ("excluded" as const) : ("included" as const);
  const part = search.itemsFrom && search.itemsTo;
  const asked = part ? { ...query, from: search.itemsFrom, to: search.itemsTo } : query;
  const key = metric?.key ?? "change_lead_time";
  const items = useInfiniteQuery({
    queryKey: ["metric", "items", key, state, asked],
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/metrics/dora/{key}/items", {
          params: { path: { key }, query: { ...asked, state, limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    enabled: Boolean(metric),
  });
  const rows = items.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <DetailDrawer
      opened={Boolean(metric)}
      onClose={onClose}
      kind={t("items.kind")}
      title={metric ? t(`metrics.${metric.key}`) : ""}
      acts={
        <Stack gap={6} w="100%">
          <SegmentedControl
            aria-label={t("items.which")}
            value={state}
            onChange={(v) => set({ items: v === "excluded" ? v : undefined }, { replace: true })}
            data={[
              {
                value: "included",
                label: part ? t("items.includedPlain") : t("items.included", { count: plain(metric?.n) }),
              },
              {
                value: "excluded",
                label: part ? t("items.excludedPlain") : t("items.excluded", { count: plain(metric?.excluded) }),
              },
            ]}
          />
          {part && (
            <Group gap="xs">
              <Text size="xs" c="dimmed">
                {t("items.part", {
                  from: localDay(new Date(search.itemsFrom ?? "")),
                  to: localDay(new Date(search.itemsTo ?? "")),
                })}
              </Text>
              <Button
                size="compact-xs"
                variant="subtle"
                onClick={() => set({ itemsFrom: undefined, itemsTo: undefined })}
              >
                {t("items.whole")}
              </Button>
            </Group>
          )}
        </Stack>
      }
    >
      {items.isPending ? (
        <Stack gap="md" aria-busy>
          {[1, 2, 3, 4].map((i) => (
            <Skeleton key={i} h={64} />
          ))}
        </Stack>
      ) : items.isError && rows.length === 0 ? (
        <ProblemAlert error={items.error} onRetry={() => void items.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState
          title={t(`items.none_${state}`)}
          body={state === "excluded" ? t("items.noneExcludedBody") : t("items.noneIncludedBody")}
        />
      ) : (
        <Stack gap={0}>
          {rows.map((item, i) => (
            <ItemRow key={`${item.kind} ${item.deployment?.id} ${item.change?.id} ${i}`} item={item} />
          ))}
          {items.hasNextPage && (
            <Button
              variant="default"
              mt="md"
              loading={items.isFetchingNextPage}
              onClick={() => void items.fetchNextPage()}
            >
              {t("items.more")}
            </Button>
          )}
          {items.isError && <ProblemAlert error={items.error} />}
        </Stack>
      )}
    </DetailDrawer>
  );
}

function ItemRow({ item }: { item: Item }) {
  const [shown, setShown] = useState(false);
  const incident = item.incidents[0];
  const title = item.change?.title || item.deployment?.version || incident?.title || item.deployment?.name || item.kind;
  const to = item.change
    ? item.change.kind === "change_request"
      ? `/delivery/changes/${item.change.id}`
      : undefined
    : item.kind === "incident" && incident
      ? `/delivery/incidents/${incident.id}`
      : item.deployment
        ? `/delivery/deployments/${item.deployment.id}`
        : undefined;
  return (
    <div style={{ borderBottom: "1px solid var(--app-line)", paddingBlock: 10 }}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          {to ? (
            <Anchor component={Link} to={to} fz="sm" fw={500}>
              {title}
            </Anchor>
          ) : (
            <Text size="sm" fw={500}>
              {title}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {[item.application.name, item.deployment?.environment, item.change?.author].filter(Boolean).join(" · ")}
            {" · "}
            <TimeText value={item.at} plain />
          </Text>
        </div>
        <Text size="sm" fw={500} style={{ whiteSpace: "nowrap" }}>
          {item.value !== null && item.unit === "seconds" ? say(item.unit, item.value) : null}
        </Text>
      </Group>
      <Group gap="xs" mt={4}>
        {item.deployment?.result === "FAILURE" && <StatusBadge tone="bad">{t("items.failed")}</StatusBadge>}
        {item.notes
          .filter((n) => n !== "failed")
          .map((n) => (
            <StatusBadge key={n} tone="idle">
              {words("notes", n)}
            </StatusBadge>
          ))}
      </Group>
      {item.state === "excluded" && (
        <Text size="sm" mt={4}>
          {textOr("valuestream", `reasons.${item.reason}`, item.message || item.reason.replaceAll("_", " "))}
        </Text>
      )}
      {item.path.length > 0 && (
        <>
          <Button
            size="compact-xs"
            variant="subtle"
            mt={4}
            ml={-6}
            aria-expanded={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? t("path.hide") : t("path.show")}
          </Button>
          <Collapse expanded={shown}>
            <EvidencePath item={item} />
          </Collapse>
        </>
      )}
    </div>
  );
}

const signs = {
  first_commit: IconGitCommit,
  merged: IconGitMerge,
  deployed_commit: IconGitCommit,
  deployment: IconRocket,
  incident: IconUrgent,
  recovered: IconHeartbeat,
};

/** How the value came about, from the first commit to production or from failure to recovery. */
export function EvidencePath({ item }: { item: Item }) {
  return (
    <ol className={classes.path} aria-label={t("path.title")}>
      {item.path.map((step, i) => {
        const Sign = signs[step.step];
        const to =
          !step.id || !["deployment", "incident", "recovered"].includes(step.step)
            ? undefined
            : item.incidents.some((i) => i.id === step.id)
              ? `/delivery/incidents/${step.id}`
              : `/delivery/deployments/${step.id}`;
        return (
          <li key={`${step.step} ${i}`}>
            <Sign size={16} aria-hidden />
            <span>
              {to ? (
                <Anchor component={Link} to={to} fz="sm">
                  {t(`path.${step.step}`)}
                </Anchor>
              ) : (
                t(`path.${step.step}`)
              )}{" "}
              {step.sha && <code>{step.sha.slice(0, 8)}</code>}
            </span>
            <span>{step.at ? <TimeText value={step.at} plain /> : ""}</span>
          </li>
        );
      })}
    </ol>
  );
}
