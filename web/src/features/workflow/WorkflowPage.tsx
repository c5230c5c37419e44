import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  Group,
  List,
  Select,
  Skeleton,
  Stack,
  Switch,
  Text,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { api, ifMatch, ok } from "@/api/client";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { PageHeader } from "@/components/PageHeader";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Sortable } from "@/components/Sortable";
import { StatusBadge } from "@/components/StatusBadge";
import { duration } from "@/lib/time";
import { useUrl } from "@/lib/url";
import {
  addStatus,
  changeStatus,
  type Drawing,
  type Drawn,
  type Graph,
  modes,
  read,
  removeStatus,
  toBody,
  toggle,
  transition,
} from "./drawing";
import { StatusForm } from "./StatusForm";
import { t } from "./text";
import classes from "./workflow.module.css";

const GraphMap = lazy(async () => ({ default: (await import("@/components/map")).GraphMap }));

/** The workflow of a type of records: statuses, the steps between them, and what a change of it would do. */
export function WorkflowPage() {
  const { subject } = useParams({ strict: false }) as { subject: string };
  const { search } = useUrl();
  const query = useQuery({
    queryKey: keys.one("workflow", `${subject}/${search.type ?? ""}`),
    queryFn: ({ signal }) =>
      ok(
        api.GET("/api/v1/workflows/{subject}", {
          params: { path: { subject }, query: { type: search.type } },
          signal,
        }),
      ),
    refetchOnWindowFocus: false,
  });
  const entries = useQuery({
    queryKey: keys.list("workflow"),
    queryFn: async ({ signal }) => (await ok(api.GET("/api/v1/workflows", { signal }))).items,
  });
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending)
    return (
      <div aria-busy>
        <Skeleton h={28} w={260} mt="md" />
        <Skeleton h={320} mt="md" />
      </div>
    );
  const entry = entries.data?.find((e) => e.subject === subject && (e.type ?? "") === (search.type ?? ""));
  const title = entry ? (entry.typeName ? `${entry.title}: ${entry.typeName}` : entry.title) : subject;
  return (
    <Editor
      key={`${subject}/${search.type ?? ""}/${query.data.version}/${query.data.inherited}`}
      graph={query.data}
      type={search.type}
      title={title}
    />
  );
}

function Editor({ graph, type, title }: { graph: Graph; type: string | undefined; title: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [base] = useState(() => read(graph));
  const [d, setD] = useState<Drawing>(base);
  const [replacements, setReplacements] = useState<Record<string, string>>({});
  const [editing, setEditing] = useState<Drawn | "new">();
  const [leaving, setLeaving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const edit = graph.actions.includes("edit");
  const dirty = JSON.stringify(d) !== JSON.stringify(base);
  const at = { path: { subject: graph.subject }, query: { type } };
  const header = { "If-Match": ifMatch(graph.version) };
  const body = toBody(d, replacements);
  const [asked] = useDebouncedValue(JSON.stringify(body), 400);
  const dry = useQuery({
    queryKey: ["consequences", "workflow", graph.subject, type, graph.version, asked],
    queryFn: () =>
      ok(
        api.PUT("/api/v1/workflows/{subject}", {
          params: { ...at, query: { type, dryRun: true }, header },
          body: JSON.parse(asked),
        }),
      ),
    enabled: dirty && edit,
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });
  const blocker = useBlocker({ shouldBlockFn: () => dirty && !busy, withResolver: true, enableBeforeUnload: dirty });
  const refresh = () => client.invalidateQueries({ queryKey: keys.all("workflow") });
  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await ok(api.PUT("/api/v1/workflows/{subject}", { params: { ...at, header }, body }));
      await refresh();
      notifications.show({ message: t("saved") });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const names = new Map(d.statuses.map((s) => [s.id, s.name]));
  const drawn = useMemo(
    () => ({
      nodes: d.statuses.map((s) => ({
        id: s.id,
        name: s.name,
        about: s.initial ? t("begin") : undefined,
        lane: s.mode,
        colour: s.colour || undefined,
      })),
      edges: d.transitions.map((x) => {
        const [from = "", to = ""] = x.split(" ");
        return { id: x, from, to, arrows: "to" as const };
      }),
      lanes: modes.filter((m) => d.statuses.some((s) => s.mode === m)).map((m) => ({ id: m, name: t(`modes.${m}`) })),
    }),
    [d],
  );
  const result = dirty ? dry.data : graph;
  return (
    <>
      <PageHeader
        title={title}
        about={graph.inherited ? t("inherited") : undefined}
        crumbs={[{ label: t("title"), to: "/settings/workflows" }]}
        badge={<StatusBadge tone={d.enabled ? "good" : "idle"}>{d.enabled ? t("list.on") : t("list.off")}</StatusBadge>}
      >
        {graph.actions.includes("delete") && (
          <Button variant="default" c="var(--status-bad)" onClick={() => setLeaving(true)}>
            {t("remove")}
          </Button>
        )}
        {edit && (
          <>
            <Button variant="default" disabled={!dirty} onClick={() => setD(base)}>
              {t("revert")}
            </Button>
            <Button loading={busy} disabled={!dirty || dry.isError} onClick={() => void save()}>
              {t("save")}
            </Button>
          </>
        )}
      </PageHeader>
      <Stack gap="xl" py="md">
        {problem !== undefined && <ProblemAlert error={problem} />}
        {edit && (
          <Switch
            label={t("enabled")}
            description={t("enabledAbout")}
            checked={d.enabled}
            onChange={(e) => setD({ ...d, enabled: e.currentTarget.checked })}
          />
        )}
        {dirty && (
          <section aria-label={t("consequences")} aria-live="polite">
            <Alert variant="default" title={t("consequences")}>
              {dry.isError ? (
                <Faults error={dry.error} />
              ) : dry.isPending || !dry.data ? (
                <Skeleton h={24} />
              ) : (
                <ConsequenceList
                  graph={dry.data}
                  base={base}
                  drawing={d}
                  replacements={replacements}
                  onReplace={(gone, to) => setReplacements({ ...replacements, [gone]: to })}
                />
              )}
            </Alert>
          </section>
        )}
        {(result?.warnings.length ?? 0) > 0 && (
          <Alert variant="default" title={t("warnings")}>
            <List size="sm">
              {result?.warnings.map((w) => (
                <List.Item key={w.code + w.status}>{w.message}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <section aria-label={t("statuses")}>
          <Group justify="space-between" mb="xs">
            <Title order={2}>{t("statuses")}</Title>
            {edit && (
              <Button
                size="compact-md"
                variant="default"
                leftSection={<IconPlus size={16} />}
                onClick={() => setEditing("new")}
              >
                {t("add")}
              </Button>
            )}
          </Group>
          <Sortable
            label={t("statuses")}
            rows={d.statuses}
            name={(s) => s.name}
            onOrder={edit ? (statuses) => setD({ ...d, statuses }) : undefined}
          >
            {(s) => (
              <>
                <span
                  aria-hidden
                  className={classes.swatch}
                  ref={(e) => e?.style.setProperty("--colour", s.colour || "transparent")}
                />
                <div className={classes.words}>
                  <Text size="sm">{s.name}</Text>
                  <Text size="xs" c="dimmed">
                    {about(s, graph.partyNames)}
                  </Text>
                </div>
                {edit && (
                  <Group gap={0} wrap="nowrap">
                    <ActionIcon aria-label={t("editOf", { name: s.name })} onClick={() => setEditing(s)}>
                      <IconPencil size={16} />
                    </ActionIcon>
                    <ActionIcon
                      aria-label={t("removeOf", { name: s.name })}
                      disabled={d.statuses.length === 1}
                      onClick={() => setD(removeStatus(d, s.id))}
                    >
                      <IconTrash size={16} />
                    </ActionIcon>
                  </Group>
                )}
              </>
            )}
          </Sortable>
        </section>
        <section aria-label={t("steps")}>
          <Title order={2} mb={4}>
            {t("steps")}
          </Title>
          <Text size="sm" c="dimmed" mb="xs">
            {d.enabled ? t("stepsAbout") : t("stepsOff")}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too */}
          <section className={classes.matrix} tabIndex={0} aria-label={t("matrix")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("fromTo")}</th>
                  {d.statuses.map((s) => (
                    <th key={s.id} scope="col">
                      {s.name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {d.statuses.map((from) => (
                  <tr key={from.id}>
                    <th scope="row">{from.name}</th>
                    {d.statuses.map((to) => (
                      <td key={to.id} data-self={from.id === to.id || undefined}>
                        {from.id !== to.id && (
                          <Checkbox
                            size="xs"
                            display="inline-flex"
                            disabled={!edit}
                            aria-label={t("step", { from: from.name, to: to.name })}
                            checked={d.transitions.includes(transition(from.id, to.id))}
                            onChange={() => setD(toggle(d, from.id, to.id))}
                          />
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </section>
        <section aria-label={t("graph")} className={classes.graph}>
          <Title order={2} mb="xs">
            {t("graph")}
          </Title>
          <Suspense fallback={<Skeleton h={320} />}>
            <GraphMap
              graph={drawn}
              label={t("graph")}
              file="workflow"
              find={t("find")}
              chosen={undefined}
              onChoose={(id) => {
                const s = d.statuses.find((x) => x.id === id);
                if (s && edit) setEditing(s);
              }}
            />
          </Suspense>
        </section>
      </Stack>
      {editing && (
        <StatusForm
          status={editing === "new" ? undefined : editing}
          taken={d.statuses.filter((s) => editing === "new" || s.id !== editing.id).map((s) => s.name)}
          partyNames={graph.partyNames}
          onClose={() => setEditing(undefined)}
          onSave={(values) => {
            if (editing === "new") {
              const next = addStatus(d, values);
              const last = next.statuses.at(-1);
              setD(values.initial && last ? changeStatus(next, last.id, { initial: true }) : next);
            } else setD(changeStatus(d, editing.id, values));
          }}
        />
      )}
      <ConfirmDialog
        opened={leaving}
        onClose={() => setLeaving(false)}
        title={t("removeTitle", { name: title })}
        body={t("removeBody")}
        verb={t("remove")}
        danger
        onConfirm={async () => {
          setD(base);
          await ok(api.DELETE("/api/v1/workflows/{subject}", { params: { ...at, header } }));
          await refresh();
          await navigate({ to: "/settings/workflows" as string });
        }}
      />
      <ConfirmDialog
        opened={blocker.status === "blocked"}
        onClose={() => blocker.reset?.()}
        title={t("leaveTitle")}
        body={t("leaveBody")}
        verb={t("leave")}
        danger
        onConfirm={async () => blocker.proceed?.()}
      />
    </>
  );

  function about(s: Drawn, parties: Record<string, string>): string {
    return [
      t(`modes.${s.mode}`),
      s.initial && t("begin"),
      s.breachAfterMinutes &&
        (s.workingTime
          ? t("breachWorking", { time: duration(s.breachAfterMinutes * 60) })
          : t("breach", { time: duration(s.breachAfterMinutes * 60) })),
      s.permitted?.length &&
        t("permitted", { names: s.permitted.map((p) => parties[p.id] ?? t(`parties.${p.kind}`)).join(", ") }),
      s.needsAssignee && t("needsAssignee"),
      // Names of targets, for those who do not read the table.
      names.size > 1 &&
        d.transitions.filter((x) => x.startsWith(`${s.id} `)).length === 0 &&
        s.mode !== "completed" &&
        s.mode !== "cancelled" &&
        t("noWay"),
    ]
      .filter(Boolean)
      .join(" · ");
  }
}

function Faults({ error }: { error: unknown }) {
  const problem = asProblem(error);
  return (
    <>
      <Text size="sm" c="var(--status-bad)">
        {problem.message}
      </Text>
      <List size="sm">
        {problem.fields.map((f) => (
          <List.Item key={f.path + f.code}>{f.message}</List.Item>
        ))}
      </List>
    </>
  );
}

/** What a save brings about; records on a status that goes may be given another. */
function ConsequenceList({
  graph,
  base,
  drawing,
  replacements,
  onReplace,
}: {
  graph: Graph;
  base: Drawing;
  drawing: Drawing;
  replacements: Record<string, string>;
  onReplace: (gone: string, to: string) => void;
}) {
  const list = graph.consequences ?? [];
  if (list.length === 0) return <Text size="sm">{t("nothing")}</Text>;
  const gone = base.statuses.filter((s) => !drawing.statuses.some((x) => x.id === s.id));
  return (
    <Stack gap="xs">
      {list.map((c) => {
        const status = gone.find((s) => s.id === c.status || s.name === c.status);
        return (
          <div key={c.kind + c.status}>
            <Text size="sm">{c.message}</Text>
            {(c.records?.length ?? 0) > 0 && (
              <details>
                <summary>
                  <Text span size="xs" c="dimmed">
                    {t("records", { count: c.count })}
                  </Text>
                </summary>
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {c.records?.join(", ")}
                </Text>
              </details>
            )}
            {status && (
              <Select
                mt={4}
                maw={320}
                label={t("replaceWith", { name: status.name })}
                clearable
                clearButtonProps={{ "aria-label": t("stay") }}
                placeholder={t("stay")}
                data={drawing.statuses.map((s) => ({ value: s.id, label: s.name }))}
                value={replacements[status.id] || null}
                onChange={(to) => onReplace(status.id, to ?? "")}
              />
            )}
          </div>
        );
      })}
    </Stack>
  );
}
