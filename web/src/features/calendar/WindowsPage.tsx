import { Button, Menu } from "@mantine/core";
import { IconArrowsHorizontal, IconBan, IconPlus, IconTag } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ok } from "@/api/client";
import { applicationPicker, environmentPicker, groupPicker } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource, oneOf } from "@/components/list";
import { TimeText } from "@/components/Time";
import { endOfDay, startOfDay } from "@/lib/day";
import { useUrl } from "@/lib/url";
import { type Act, ActDialog, BulkDialog, type BulkSort } from "./acts";
import { DuplicateDialog } from "./DuplicateDialog";
import { NextTime, Phase, refusesWords, scopeWords, TypeName } from "./Marks";
import { type Kind, listOf, subjects, tabOf, useFreezeTypes, type Window } from "./queries";
import { t } from "./text";
import { WindowDrawer } from "./WindowDrawer";
import { WindowForm } from "./WindowForm";

const states = ["ACTIVE", "CANCELLED"] as const;
const sorts = ["from", "-from", "name", "-name"] as const;

type Filters = Record<string, string | undefined>;
const asked = (q: string | undefined, filters: Filters, sort: string | undefined, unit: string | undefined) => ({
  q,
  type: filters.type,
  state: filters.state ? filters.state.split(",").flatMap((s) => oneOf(states, s) ?? []) : undefined,
  from: startOfDay(filters.since ?? ""),
  to: endOfDay(filters.until ?? "") ?? undefined,
  environment: filters.environment,
  group: filters.group,
  application: filters.application,
  unit,
  sort: oneOf(sorts, sort),
});

function sourceOf(kind: Kind): ListSource<Window> {
  return {
    kind: subjects[kind],
    page: ({ q, filters, sort, unit, cursor, limit }, signal) =>
      ok(
        api.GET(listOf(kind), {
          params: { query: { ...asked(q, filters, sort, unit), cursor, limit } },
          signal,
        }),
      ),
  };
}
const sources = { freeze: sourceOf("freeze"), holiday: sourceOf("holiday"), maintenance: sourceOf("maintenance") };

export const FreezesPage = () => <WindowsPage key="freeze" kind="freeze" />;
export const HolidaysPage = () => <WindowsPage key="holiday" kind="holiday" />;
export const MaintenancePage = () => <WindowsPage key="maintenance" kind="maintenance" />;

function WindowsPage({ kind }: { kind: Kind }) {
  const can = useCan();
  const navigate = useNavigate();
  const types = useFreezeTypes();
  const { set } = useUrl();
  const [editing, setEditing] = useState<Window | "new">();
  const [acting, setActing] = useState<{ act: Act; window: Window }>();
  const [copying, setCopying] = useState<Window>();
  const [bulk, setBulk] = useState<{ sort: BulkSort; rows: Window[]; done: () => void }>();
  const manage = can("calendar.manage_freeze");
  const many = (sort: BulkSort) => (rows: Window[], done: () => void) => setBulk({ sort, rows, done });
  return (
    <>
      <DataList
        id={subjects[kind]}
        label={t(`tabs.${kind}`)}
        source={sources[kind]}
        rowId={(w) => w.id}
        rowName={(w) => w.name}
        defaultSort="from"
        onEdit={manage ? (w) => w.allowedActs.includes("edit") && setEditing(w) : undefined}
        rowMenu={(w) => (
          <WindowMenu
            window={w}
            onEdit={() => setEditing(w)}
            onCopy={() => setCopying(w)}
            onAct={(act) => setActing({ act, window: w })}
          />
        )}
        bulk={
          manage
            ? [
                { id: "shift", label: t("bulk.shift"), icon: IconArrowsHorizontal, run: many("shift") },
                ...(kind === "freeze" ? [{ id: "type", label: t("bulk.type"), icon: IconTag, run: many("type") }] : []),
                { id: "cancel", label: t("bulk.cancel"), icon: IconBan, danger: true, run: many("cancel") },
                { id: "reinstate", label: t("bulk.reinstate"), run: many("reinstate") },
              ]
            : undefined
        }
        filters={[
          ...(kind === "freeze"
            ? [
                {
                  id: "type",
                  label: t("type"),
                  single: true,
                  options: (types.data ?? []).map((x) => ({ value: x.id, label: x.name })),
                },
              ]
            : []),
          { id: "state", label: t("state"), options: states.map((s) => ({ value: s, label: t(`states.${s}`) })) },
          { id: "since", label: t("inForceFrom"), kind: "day" },
          { id: "until", label: t("inForceUntil"), kind: "day" },
          { id: "environment", label: t("scope.environment"), kind: "remote", source: environmentPicker },
          { id: "group", label: t("scope.group"), kind: "remote", source: groupPicker },
          { id: "application", label: t("scope.application"), kind: "remote", source: applicationPicker },
        ]}
        onExport={({ q, filters, sort, unit }) => {
          const params = new URLSearchParams({ format: "csv" });
          for (const [name, value] of Object.entries(asked(q, filters, sort, unit)))
            if (value !== undefined) params.set(name, Array.isArray(value) ? value.join(",") : value);
          window.location.assign(`${listOf(kind)}/export?${params}`);
        }}
        columns={[
          { id: "name", header: t("name"), cell: (w) => w.name, sort: "name", width: 240 },
          ...(kind === "freeze"
            ? [{ id: "type", header: t("type"), cell: (w: Window) => <TypeName type={w.type} />, width: 170 }]
            : []),
          { id: "phase", header: t("state"), cell: (w) => <Phase value={w.phase} />, width: 130, card: true },
          { id: "next", header: t("nextTime"), cell: (w) => <NextTime window={w} />, width: 290, card: true },
          {
            id: "from",
            header: t("begins"),
            cell: (w) => <TimeText value={w.from} plain />,
            sort: "from",
            width: 160,
            hidden: true,
          },
          {
            id: "repeats",
            header: t("repeats.label"),
            cell: (w) => (w.recurrence ? t("repeats.yes") : t("repeats.once")),
            width: 110,
          },
          { id: "scope", header: t("scope.title"), cell: (w) => scopeWords(w.scope), width: 240, card: true },
          { id: "refuses", header: t("refuses.label"), cell: (w) => refusesWords(w.refuses), width: 190 },
          { id: "unit", header: t("unit"), cell: (w) => w.unitName, width: 160, hidden: true },
        ]}
        empty={
          <EmptyState
            title={t(`kinds.${kind}.emptyTitle`)}
            body={t(`kinds.${kind}.emptyBody`)}
            action={manage && <Button onClick={() => setEditing("new")}>{t(`kinds.${kind}.add`)}</Button>}
          />
        }
      >
        {manage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>
            {t(`kinds.${kind}.add`)}
          </Button>
        )}
      </DataList>
      <WindowDrawer
        kind={kind}
        onEdit={setEditing}
        onCopy={setCopying}
        onAct={(act, w) => setActing({ act, window: w })}
      />
      {editing && (
        <WindowForm
          kind={kind}
          window={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={(w) => set({ open: w.id })}
        />
      )}
      {copying && (
        <DuplicateDialog
          kind={kind}
          window={copying}
          onClose={() => setCopying(undefined)}
          onDone={(id) => void navigate({ to: tabOf[kind] as string, search: { open: id } as never })}
        />
      )}
      {acting && (
        <ActDialog
          kind={kind}
          {...acting}
          onClose={() => setActing(undefined)}
          onDone={() => acting.act === "delete" && set({ open: undefined })}
        />
      )}
      {bulk && (
        <BulkDialog
          kind={kind}
          sort={bulk.sort}
          windows={bulk.rows}
          onClose={() => setBulk(undefined)}
          onDone={bulk.done}
        />
      )}
    </>
  );
}

export function WindowMenu({
  window: w,
  onEdit,
  onCopy,
  onAct,
}: {
  window: Window;
  onEdit: () => void;
  onCopy: () => void;
  onAct: (act: Act) => void;
}) {
  const may = (act: string) => w.allowedActs.includes(act);
  return (
    <>
      {may("edit") && <Menu.Item onClick={onEdit}>{t("edit")}</Menu.Item>}
      {may("duplicate") && <Menu.Item onClick={onCopy}>{t("duplicate")}</Menu.Item>}
      {may("reinstate") && <Menu.Item onClick={() => onAct("reinstate")}>{t("acts.reinstate")}</Menu.Item>}
      {may("cancel") && (
        <Menu.Item c="var(--status-bad)" onClick={() => onAct("cancel")}>
          {t("acts.cancel")}
        </Menu.Item>
      )}
      {may("delete") && (
        <Menu.Item c="var(--status-bad)" onClick={() => onAct("delete")}>
          {t("acts.delete")}
        </Menu.Item>
      )}
      {w.allowedActs.length === 0 && <Menu.Item disabled>{t("noActs")}</Menu.Item>}
    </>
  );
}
