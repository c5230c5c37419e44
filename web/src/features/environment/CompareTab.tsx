import { Anchor, Box, Checkbox, Group, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconEqual, IconMinus, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, ok, type Schema } from "@/api/client";
import { environmentPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { Absent } from "@/components/Absent";
import { EmptyState } from "@/components/EmptyState";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import { useUrl } from "@/lib/url";
import { useThisEnvironment } from "./EnvironmentPage";
import classes from "./environment.module.css";
import { environmentAddress } from "./queries";
import { t } from "./text";

type Compared = Schema<"StackCompared">;

/** How this environment differs from another, and how much it is like it. */
export function CompareTab() {
  const { data: e } = useThisEnvironment();
  const { search, set } = useUrl();
  const other = search.with;
  const query = useQuery({
    queryKey: keys.part("environment", e?.id ?? "", "comparison", { with: other }),
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/environments/compare", { params: { query: { a: e?.id ?? "", b: other ?? "" } }, signal })),
    enabled: Boolean(e && other && other !== e.id),
  });
  if (!e) return null;
  return (
    <Stack gap="lg" py="md">
      <RemotePicker
        label={t("compare.with", { name: e.name })}
        description={t("compare.withAbout")}
        maw={400}
        clearable
        source={environmentPicker}
        value={other}
        onChange={(v) => set({ with: v ?? undefined })}
      />
      {!other || other === e.id ? (
        <EmptyState title={t("compare.emptyTitle")} body={t("compare.emptyBody")} />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Stack aria-busy>
          <Skeleton h={90} />
          <Skeleton h={200} />
        </Stack>
      ) : (
        <Comparison c={query.data} all={search.all === "true"} setAll={(v) => set({ all: v ? "true" : undefined })} />
      )}
    </Stack>
  );
}

const partWords = ["versions", "stack", "configuration", "data"] as const;

function Comparison({ c, all, setAll }: { c: Compared; all: boolean; setAll: (v: boolean) => void }) {
  const names = { a: c.a.name, b: c.b.name };
  const versions = c.versions.filter((v) => all || !v.same);
  const settings = c.configuration.filter((v) => all || !v.same);
  const head = (first: string) => [first, names.a, names.b, t("compare.difference")];
  return (
    <>
      <section aria-label={t("compare.likeness")}>
        <Title order={2} mb="xs">
          {t("compare.likeness")}
        </Title>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          <Box>
            <div className={classes.score}>
              <span className={classes.scoreValue}>{points(c.likeness.score)}</span>
              <Text size="sm" c="dimmed">
                {t("compare.of100", names)}
              </Text>
            </div>
            <Stack gap={8} mt="sm">
              {c.likeness.parts.map((p) => (
                <div key={p.part}>
                  <Group justify="space-between" gap="xs">
                    <Text size="sm">{t(`compare.parts.${p.part}`)}</Text>
                    <Text size="sm" c="dimmed">
                      {t("compare.share", { points: points(p.score * p.weight), weight: points(p.weight) })}
                    </Text>
                  </Group>
                  <div className={classes.bar} aria-hidden>
                    <span style={{ width: `${Math.round(p.score * 100)}%` }} />
                  </div>
                </div>
              ))}
            </Stack>
          </Box>
          <Box>
            <Title order={3} mb={4}>
              {t("compare.causes")}
            </Title>
            {c.likeness.causes.length === 0 ? (
              <Text size="sm" c="dimmed">
                {t("compare.noCauses")}
              </Text>
            ) : (
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("compare.cause")}</Table.Th>
                    <Table.Th ta="right">{t("compare.points")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {c.likeness.causes.map((x) => (
                    <Table.Tr key={`${x.part} ${x.message}`}>
                      <Table.Td>
                        {x.message}
                        <Text size="xs" c="dimmed">
                          {t(`compare.parts.${partWords.find((p) => p === x.part) ?? "stack"}`)}
                        </Text>
                      </Table.Td>
                      <Table.Td ta="right">−{points(x.points)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
          </Box>
        </SimpleGrid>
      </section>
      <Checkbox label={t("compare.showSame")} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
      <section aria-label={t("compare.versions")}>
        <Title order={2} mb="xs">
          {t("compare.versions")}
        </Title>
        {versions.length === 0 ? (
          <Text size="sm" c="dimmed">
            {c.versions.length ? t("compare.allSame") : t("compare.none")}
          </Text>
        ) : (
          <PartTable
            label={t("compare.versions")}
            empty={false}
            title=""
            head={head(t("component"))}
            rows={versions.map((v) => ({
              id: `${v.layer} ${v.name}`,
              name: v.name,
              cells: [
                <span key="c">
                  {v.name}
                  {v.layer && (
                    <Text size="xs" c="dimmed">
                      {v.layer}
                    </Text>
                  )}
                </span>,
                cell(v.inA, v.a),
                cell(v.inB, v.b),
                <Difference
                  key="d"
                  same={v.same}
                  inA={v.inA}
                  inB={v.inB}
                  names={names}
                  otherwise={!v.a || !v.b ? "unknown" : v.order < 0 ? "older" : v.order > 0 ? "newer" : "different"}
                />,
              ],
            }))}
          />
        )}
      </section>
      <section aria-label={t("compare.configuration")}>
        <Title order={2} mb="xs">
          {t("compare.configuration")}
        </Title>
        {settings.length === 0 ? (
          <Text size="sm" c="dimmed">
            {c.configuration.length ? t("compare.allSame") : t("compare.noneConfigured")}
          </Text>
        ) : (
          <PartTable
            label={t("compare.configuration")}
            empty={false}
            title=""
            head={head(t("configuration.key"))}
            rows={settings.map((v) => ({
              id: v.key,
              name: v.key,
              cells: [
                v.key,
                cell(v.inA, v.a),
                cell(v.inB, v.b),
                <Difference key="d" same={v.same} inA={v.inA} inB={v.inB} names={names} otherwise="different" />,
              ],
            }))}
          />
        )}
      </section>
      <section aria-label={t("data")}>
        <Title order={2} mb="xs">
          {t("data")}
        </Title>
        <PartTable
          label={t("data")}
          empty={false}
          title=""
          head={[t("environment"), t("dataClass"), t("compare.refreshed"), t("compare.age")]}
          rows={(
            [
              [c.a, c.data.classA, c.data.refreshedAtA, c.data.ageDaysA],
              [c.b, c.data.classB, c.data.refreshedAtB, c.data.ageDaysB],
            ] as const
          ).map(([env, dataClass, at, age]) => ({
            id: env.id,
            name: env.name,
            cells: [
              <Anchor key="e" component={Link} to={environmentAddress(env.id)} fz="sm">
                {env.name}
              </Anchor>,
              dataClass ? textOr("environment", `dataClasses.${dataClass}`, dataClass) : <Absent key="c" />,
              at ? <TimeText key="t" value={at} /> : <Absent key="t" />,
              age ?? <Absent key="a" />,
            ],
          }))}
        />
      </section>
    </>
  );
}

const points = (n: number): string => n.toLocaleString("en", { maximumFractionDigits: 1 });
const cell = (there: boolean, value: string | undefined): ReactNode => (there && value ? value : <Absent />);

function Difference({
  same,
  inA,
  inB,
  names,
  otherwise,
}: {
  same: boolean;
  inA: boolean;
  inB: boolean;
  names: { a: string; b: string };
  otherwise: "older" | "newer" | "different" | "unknown";
}) {
  const [tone, sign, words]: [Tone, typeof IconEqual, string] = same
    ? ["good", IconEqual, t("compare.same")]
    : !inB
      ? ["attention", IconPlus, t("compare.onlyIn", { name: names.a })]
      : !inA
        ? ["attention", IconMinus, t("compare.onlyIn", { name: names.b })]
        : otherwise === "older"
          ? ["attention", IconArrowDown, t("compare.older", names)]
          : otherwise === "newer"
            ? ["active", IconArrowUp, t("compare.newer", names)]
            : ["attention", IconMinus, t(otherwise === "unknown" ? "compare.unknown" : "compare.different")];
  return (
    <StatusBadge tone={tone} icon={sign}>
      {words}
    </StatusBadge>
  );
}
