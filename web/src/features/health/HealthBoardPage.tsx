import {
  Anchor,
  Button,
  Group,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconRefresh, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { applicationPicker, groupPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusDot } from "@/components/StatusDot";
import { TimeText } from "@/components/Time";
import { useUnitScope, useUrl } from "@/lib/url";
import classes from "./health.module.css";
import { HealthMark, healthWord, tones } from "./Marks";
import { environmentHealthAddress, type Health, healths, outageAddress, type Tile } from "./queries";
import { ReportHealth } from "./ReportHealth";
import { bunch } from "./rules";
import { t } from "./text";

const asked = ["q", "application", "group", "health"] as const;

/** How environments are, as tiles; the numbers above are the filter. It follows the server by itself. */
export function HealthBoardPage() {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const can = useCan();
  const [reporting, setReporting] = useState(false);
  const by = search.by === "group" || search.by === "application" ? search.by : "environment";
  const chosen = (search.health?.split(",") ?? []).filter((h): h is Health => healths.some((k) => k === h));
  const args = { q: search.q, unit, application: search.application, group: search.group };
  const query = useInfiniteQuery({
    queryKey: keys.list("health", { ...args, health: chosen }),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET("/api/v1/health", {
          params: {
            query: { ...args, health: (chosen.join(",") || undefined) as never, cursor: pageParam, limit: 200 },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = query;
  // Bunches are only honest when all of their tiles are here.
  useEffect(() => {
    if (by !== "environment" && hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [by, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const tiles = query.data?.pages.flatMap((p) => p.items) ?? [];
  const counts = query.data?.pages[0]?.counts;
  const filtered = asked.some((k) => search[k]);
  const toggle = (h: Health) => {
    const next = chosen.includes(h) ? chosen.filter((x) => x !== h) : [...chosen, h];
    set({ health: next.join(",") || undefined });
  };
  return (
    <Stack gap={0} pb="lg">
      <div className={classes.bar}>
        <Find value={search.q ?? ""} onChange={(q) => set({ q: q || undefined }, { replace: true })} />
        <RemotePicker
          aria-label={t("application")}
          placeholder={t("application")}
          w={140}
          clearable
          source={applicationPicker}
          value={search.application}
          onChange={(v) => set({ application: v ?? undefined })}
        />
        <RemotePicker
          aria-label={t("group")}
          placeholder={t("group")}
          w={140}
          clearable
          source={groupPicker}
          value={search.group}
          onChange={(v) => set({ group: v ?? undefined })}
        />
        <SegmentedControl
          aria-label={t("board.by")}
          value={by}
          onChange={(v) => set({ by: v === "environment" ? undefined : v })}
          data={[
            { value: "environment", label: t("board.environments") },
            { value: "group", label: t("board.groups") },
            { value: "application", label: t("board.applications") },
          ]}
        />
        <Group gap="xs" ml="auto">
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} />}
            loading={query.isRefetching && !query.isPlaceholderData}
            onClick={() => void query.refetch()}
          >
            {t("board.refresh")}
          </Button>
          {can("health.report_health") && <Button onClick={() => setReporting(true)}>{t("report.verb")}</Button>}
        </Group>
      </div>
      <section className={classes.counts} aria-label={t("board.counts")}>
        {healths.map((h) => (
          <UnstyledButton key={h} className={classes.count} aria-pressed={chosen.includes(h)} onClick={() => toggle(h)}>
            <HealthMark value={h} />
            {counts ? <b>{counts[h] ?? 0}</b> : <Skeleton h={16} w={16} />}
          </UnstyledButton>
        ))}
      </section>
      <div aria-busy={query.isPlaceholderData || query.isPending}>
        {query.isError && !query.data ? (
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        ) : query.isPending ? (
          <div className={classes.tiles} style={{ marginTop: 16 }}>
            {[1, 2, 3, 4, 5, 6, 7, 8].map((n) => (
              <Skeleton key={n} h={92} />
            ))}
          </div>
        ) : tiles.length === 0 ? (
          filtered ? (
            <EmptyState
              icon={IconSearchOff}
              title={t("board.nothing")}
              body={t("board.nothingBody")}
              action={
                <Button variant="default" onClick={() => set(Object.fromEntries(asked.map((k) => [k, undefined])))}>
                  {t("board.clear")}
                </Button>
              }
            />
          ) : (
            <EmptyState
              title={t("board.emptyTitle")}
              body={t("board.emptyBody")}
              action={
                <Button component={Link} to="/environments">
                  {t("board.toEnvironments")}
                </Button>
              }
            />
          )
        ) : by === "environment" ? (
          <Tiles tiles={tiles} />
        ) : (
          <Bunches by={by} tiles={tiles} unit={unit} />
        )}
        {by === "environment" && hasNextPage && (
          <Group justify="center" py="md">
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("more")}
            </Button>
          </Group>
        )}
      </div>
      <ReportHealth opened={reporting} onClose={() => setReporting(false)} />
    </Stack>
  );
}

function Find({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  const push = useDebouncedCallback((q: string) => onChange(q.trim()), 200);
  // "Clear" and "Back" come from outside.
  useEffect(() => setTyped((before) => (before.trim() === value ? before : value)), [value]);
  return (
    <TextInput
      type="search"
      w={190}
      leftSection={<IconSearch size={16} />}
      aria-label={t("board.find")}
      placeholder={t("board.find")}
      value={typed}
      onChange={(e) => {
        setTyped(e.currentTarget.value);
        push(e.currentTarget.value);
      }}
    />
  );
}

function Tiles({ tiles }: { tiles: Tile[] }) {
  return (
    <ul className={classes.tiles} style={{ marginTop: 16 }}>
      {tiles.map((tile) => (
        <li key={tile.id} className={classes.tile} data-health={tile.health}>
          <Anchor component={Link} to={environmentHealthAddress(tile.id)} fz="sm" className={classes.tileName}>
            {tile.name}
          </Anchor>
          <Group gap="xs">
            <HealthMark value={tile.health} />
            {tile.since && (
              <span className={classes.note}>
                {t("since")} <TimeText value={tile.since} as="relative" plain />
              </span>
            )}
          </Group>
          {tile.message && <span className={classes.note}>{tile.message}</span>}
          {tile.health === "no_data" && <span className={classes.note}>{t("board.noData")}</span>}
          {tile.at && (
            <span className={classes.note}>
              {tile.source ? t("board.saidBy", { source: tile.source }) : t("board.said")}{" "}
              <TimeText value={tile.at} as="relative" plain />
            </span>
          )}
          {tile.outageId && (
            <Anchor component={Link} to={outageAddress(tile.outageId)} fz="xs">
              {t("board.outage")}
            </Anchor>
          )}
        </li>
      ))}
    </ul>
  );
}

type Environment = Schema<"EnvironmentItem">;

/** Tiles by group or application; what an environment belongs to is asked of the catalogue, as a whole. */
function Bunches({ by, tiles, unit }: { by: "group" | "application"; tiles: Tile[]; unit: string | undefined }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const catalogue = useQuery({
    queryKey: keys.list("environment", { whole: true, unit }),
    queryFn: async ({ signal }) => {
      const all = new Map<string, Environment>();
      let cursor: string | undefined;
      do {
        const page = await ok(
          api.GET("/api/v1/environments", { params: { query: { unit, limit: 500, cursor } }, signal }),
        );
        for (const e of page.items) all.set(e.id, e);
        cursor = page.next;
      } while (cursor);
      return all;
    },
    staleTime: 60_000,
  });
  if (catalogue.isError) return <ProblemAlert error={catalogue.error} onRetry={() => void catalogue.refetch()} />;
  if (!catalogue.data) return <Skeleton h={240} mt="md" aria-busy />;
  const known = catalogue.data;
  const bunches = bunch(
    tiles,
    (tile) => {
      const e = known.get(tile.id);
      return by === "group" ? (e?.groups ?? []) : e?.application ? [e.application] : [];
    },
    by === "group" ? t("board.noGroup") : t("board.noApplication"),
  );
  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <Stack gap="md" mt="md">
      {bunches.map((b) => {
        // What is well needs no room until somebody asks for it.
        const shown = open.has(b.id) || b.worst !== "online";
        const words: ReactNode = healths
          .filter((h) => b.counts[h] > 0)
          .map((h) => (
            <Tooltip key={h} label={healthWord(h)}>
              <Group gap={4} component="span" wrap="nowrap">
                <StatusDot tone={tones[h]} />
                <Text span size="sm">
                  {t("board.countOf", { count: b.counts[h], word: healthWord(h) })}
                </Text>
              </Group>
            </Tooltip>
          ));
        return (
          <section key={b.id} aria-label={b.name}>
            <Group gap="md" mb={4}>
              <Title order={2}>{b.name}</Title>
              {words}
              {b.worst === "online" && (
                <Button size="compact-sm" variant="subtle" aria-expanded={shown} onClick={() => toggle(b.id)}>
                  {shown ? t("board.hide") : t("board.show")}
                </Button>
              )}
            </Group>
            {shown && <Tiles tiles={b.tiles} />}
          </section>
        );
      })}
    </Stack>
  );
}
