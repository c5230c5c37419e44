import {
  ActionIcon,
  Anchor,
  Button,
  Group,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Skeleton,
  Stack,
  TagsInput,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconPlus, IconX } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { applicationPicker, groupPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge } from "@/components/StatusBadge";
import { type Search, useUnitScope, useUrl } from "@/lib/url";
import classes from "./environment.module.css";
import { costWords } from "./Marks";
import { dataClasses, environmentAddress, groupAddress, kinds, useCurrency, useLookup } from "./queries";
import { isConstraint, type Need, readNeeds, writeNeeds } from "./rules";
import { t } from "./text";

type Match = Schema<"EnvironmentMatch">;

const asked = ["need", "usage", "dataClass", "age", "kind", "tech", "capacity", "group"] as const;
const list = (text: string | undefined) => text?.split(",").filter(Boolean) ?? [];
const number = (text: string | undefined) => (Number(text) > 0 ? Number(text) : undefined);

/** When it is needed, as the inputs of the page hold it: the reader's clock, or nothing. */
export interface AskedTime {
  from?: string;
  to?: string;
}

/**
 * Says what somebody needs instead of which environment, and tells which fit, which do not, and why. `acts` is what another
 * feature can do with a match that fits; `place` is where it stands in the list.
 */
export function FindPage({ acts }: { acts?: (match: Match, when: AskedTime, place: number) => ReactNode }) {
  const { search, set } = useUrl();
  const unit = useUnitScope();
  const { data: usages = [] } = useLookup("environment_usage");
  const currency = useCurrency();
  const lane = search.lane === "true";
  const [settled] = useDebouncedValue(search, 250);
  const some = asked.some((k) => settled[k]);
  const backwards = Boolean(search.from && search.to && search.to <= search.from);
  const when: AskedTime = backwards ? {} : { from: settled.from, to: settled.to };
  const needs = readNeeds(settled.need).filter((n) => !n.version || isConstraint(n.version));
  const query = useQuery({
    // When it is needed does not change what fits.
    queryKey: keys.list("environment", { match: { ...settled, from: undefined, to: undefined }, unit }),
    queryFn: ({ signal }) =>
      ok(
        api.POST("/api/v1/capability-matches", {
          params: { query: { nearMisses: 20 } },
          body: {
            lane: settled.lane === "true",
            versions: needs.map((n) => ({ application: n.application, version: n.version || undefined })),
            usage: list(settled.usage),
            dataClass: list(settled.dataClass) as never,
            maxDataAgeDays: number(settled.age),
            kind: list(settled.kind) as never,
            techs: list(settled.tech),
            capacity: number(settled.capacity),
            group: settled.group,
            unitId: unit,
          },
          signal,
        }),
      ),
    enabled: some,
    placeholderData: keepPreviousData,
  });
  const put = (patch: Search) => set(patch, { replace: true });
  const clear = () => put(Object.fromEntries([...asked, "from", "to"].map((k) => [k, undefined])));
  return (
    <div className={classes.find}>
      <Stack gap="sm" component="section" aria-label={t("find.ask")}>
        <Title order={2}>{t("find.ask")}</Title>
        <SegmentedControl
          aria-label={t("find.what")}
          value={lane ? "lane" : "one"}
          onChange={(v) => put({ lane: v === "lane" ? "true" : undefined })}
          data={[
            { value: "one", label: t("environment") },
            { value: "lane", label: t("find.lane") },
          ]}
        />
        <Needs value={search.need} onChange={(need) => put({ need })} />
        <MultiSelect
          label={t("usage")}
          searchable
          data={usages.map((v) => ({ value: v.id, label: v.name }))}
          value={list(search.usage)}
          onChange={(v) => put({ usage: v.join(",") || undefined })}
        />
        <MultiSelect
          label={t("data")}
          data={dataClasses.map((v) => ({ value: v, label: t(`dataClasses.${v}`) }))}
          value={list(search.dataClass)}
          onChange={(v) => put({ dataClass: v.join(",") || undefined })}
        />
        <Group grow align="flex-start">
          <NumberInput
            label={t("find.age")}
            min={1}
            max={36500}
            allowDecimal={false}
            value={search.age ?? ""}
            onChange={(v) => put({ age: v ? String(v) : undefined })}
          />
          <NumberInput
            label={t("find.capacity")}
            min={1}
            max={10000}
            allowDecimal={false}
            value={search.capacity ?? ""}
            onChange={(v) => put({ capacity: v ? String(v) : undefined })}
          />
        </Group>
        {acts && (
          <div className={classes.when}>
            <TextInput
              type="datetime-local"
              label={t("find.from")}
              value={search.from ?? ""}
              onChange={(e) => put({ from: e.currentTarget.value || undefined })}
            />
            <TextInput
              type="datetime-local"
              label={t("find.to")}
              value={search.to ?? ""}
              error={backwards ? t("find.backwards") : undefined}
              onChange={(e) => put({ to: e.currentTarget.value || undefined })}
            />
          </div>
        )}
        <MultiSelect
          label={t("kind")}
          data={kinds.map((v) => ({ value: v, label: t(`kinds.${v}`) }))}
          value={list(search.kind)}
          onChange={(v) => put({ kind: v.join(",") || undefined })}
        />
        <TagsInput
          label={t("techs")}
          splitChars={[","]}
          value={list(search.tech)}
          onChange={(v) => put({ tech: v.join(",") || undefined })}
        />
        <RemotePicker
          label={lane ? t("find.thisGroup") : t("find.inGroup")}
          clearable
          source={groupPicker}
          value={search.group}
          onChange={(v) => put({ group: v ?? undefined })}
        />
        {asked.some((k) => search[k]) && (
          <Button variant="default" onClick={clear}>
            {t("find.clear")}
          </Button>
        )}
      </Stack>
      <section aria-label={t("find.results")} aria-busy={query.isFetching && query.isPlaceholderData}>
        {!some ? (
          <EmptyState title={t("find.emptyTitle")} body={t("find.emptyBody")} />
        ) : query.isError ? (
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        ) : !query.data ? (
          <Stack aria-busy>
            <Skeleton h={24} w={180} />
            <Skeleton h={90} />
            <Skeleton h={90} />
          </Stack>
        ) : (
          <Stack gap="lg">
            <div>
              <Title order={2} mb="xs" aria-live="polite">
                {t(query.data.items.length ? "find.fits" : "find.noneFits", { count: query.data.items.length })}
              </Title>
              <ul className={classes.matches}>
                {query.data.items.map((m, place) => (
                  <OneMatch key={m.id} match={m} currency={currency} acts={acts?.(m, when, place)} />
                ))}
              </ul>
            </div>
            {query.data.nearMisses.length > 0 && (
              <div>
                <Title order={2} mb="xs">
                  {t("find.near")}
                </Title>
                <ul className={classes.matches}>
                  {query.data.nearMisses.map((m) => (
                    <OneMatch key={m.id} match={m} currency={currency} />
                  ))}
                </ul>
                {query.data.nearMissesNotShown > 0 && (
                  <Text size="sm" c="dimmed" mt="xs">
                    {t("find.notShown", { count: query.data.nearMissesNotShown })}
                  </Text>
                )}
              </div>
            )}
          </Stack>
        )}
      </section>
    </div>
  );
}

/** The applications that must be there, each with what its version must be. */
function Needs({ value, onChange }: { value: string | undefined; onChange: (text: string | undefined) => void }) {
  // A row without an application yet is only here; what is complete stands in the address.
  const [rows, setRows] = useState<(Need & { id: number })[]>(() => {
    const known = readNeeds(value).map((n, id) => ({ ...n, id }));
    return known.length ? known : [{ application: "", version: "", id: 0 }];
  });
  // What was written comes back through the address; anything else came from outside, such as "Clear" and "Back".
  const sent = useRef<(string | undefined)[]>([]);
  useEffect(() => {
    const at = sent.current.indexOf(value);
    if (at >= 0) {
      sent.current.splice(0, at + 1);
      return;
    }
    setRows((before) => {
      if (writeNeeds(before) === value) return before;
      const known = readNeeds(value).map((n, id) => ({ ...n, id }));
      return known.length ? known : [{ application: "", version: "", id: 0 }];
    });
  }, [value]);
  const put = (next: (Need & { id: number })[]) => {
    setRows(next);
    const text = writeNeeds(next);
    if (text === writeNeeds(rows)) return;
    sent.current.push(text);
    onChange(text);
  };
  const change = (id: number, patch: Partial<Need>) => put(rows.map((r) => (r.id === id ? { ...r, ...patch } : r)));
  return (
    <Stack gap="xs">
      {rows.map((r, i) => (
        <div key={r.id} className={classes.need}>
          <RemotePicker
            label={i === 0 ? t("application") : undefined}
            aria-label={t("application")}
            style={{ flex: 1 }}
            clearable
            source={applicationPicker}
            value={r.application || null}
            onChange={(v) => change(r.id, { application: v ?? "" })}
          />
          <TextInput
            label={i === 0 ? t("version") : undefined}
            aria-label={t("version")}
            w={110}
            placeholder=">=4.2"
            value={r.version}
            error={Boolean(r.version) && !isConstraint(r.version)}
            onChange={(e) => change(r.id, { version: e.currentTarget.value })}
          />
          <ActionIcon
            mb={2}
            aria-label={t("find.dropNeed")}
            disabled={rows.length === 1 && !r.application}
            onClick={() => {
              const rest = rows.filter((x) => x.id !== r.id);
              put(rest.length ? rest : [{ application: "", version: "", id: r.id + 1 }]);
            }}
          >
            <IconX size={16} />
          </ActionIcon>
        </div>
      ))}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconPlus size={16} />}
        style={{ alignSelf: "flex-start" }}
        onClick={() => setRows([...rows, { application: "", version: "", id: Math.max(...rows.map((r) => r.id)) + 1 }])}
      >
        {t("find.addNeed")}
      </Button>
      <Text size="xs" c="dimmed">
        {t("find.versionAbout")}
      </Text>
    </Stack>
  );
}

function OneMatch({ match: m, currency, acts }: { match: Match; currency: string; acts?: ReactNode }) {
  const to = m.kind === "environment" ? environmentAddress(m.id) : groupAddress(m.id);
  return (
    <li className={classes.match}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="flex-start">
        <div>
          <Anchor component={Link} to={to} fz="sm" fw={600}>
            {m.name}
          </Anchor>
          <Text size="xs" c="dimmed">
            {[
              m.key,
              m.kind === "environment_group" && t("find.books", { count: m.environments.length }),
              m.autoApprove ? t("approvals.auto") : t("approvals.asked"),
              m.costPerHour > 0 && t("find.cost", { cost: costWords(m.costPerHour, currency) }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </div>
        {m.fits ? (
          <StatusBadge tone="good">{t("find.fit")}</StatusBadge>
        ) : (
          <StatusBadge tone="idle">{t("find.misfit", { count: m.unmet.length })}</StatusBadge>
        )}
      </Group>
      <ul className={classes.reasons}>
        {m.unmet.map((r) => (
          <li key={`${r.code} ${r.message}`}>
            <IconX size={14} color="var(--status-bad)" aria-label={t("find.no")} role="img" />
            {r.message}
          </li>
        ))}
        {m.met.map((r) => (
          <li key={`${r.code} ${r.message}`}>
            <IconCheck size={14} color="var(--status-good)" aria-label={t("find.yes")} role="img" />
            {r.message}
          </li>
        ))}
      </ul>
      {acts && (
        <Group gap="xs" mt="xs">
          {acts}
        </Group>
      )}
    </li>
  );
}
