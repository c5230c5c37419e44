import { ActionIcon, Button, Menu, Skeleton, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconDots, IconPlus, IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useUnits } from "@/api/lookups";
import { EmptyState } from "@/components/EmptyState";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useStored } from "@/lib/stored";
import { useUrl } from "@/lib/url";
import classes from "./OrganisationPage.module.css";
import type { Unit } from "./queries";
import { t } from "./text";
import { UnitDelete, UnitForm, UnitMove } from "./UnitDialogs";

export type UnitAct = { act: "add" | "edit" | "move" | "delete"; unit: Unit };

/** The organisation tree: every unit with what stands directly in it, and the acts allowed on it. */
export function OrganisationPage() {
  const query = useUnits();
  const units = (query.data ?? []) as Unit[];
  const { search, set } = useUrl();
  const [closed, setClosed] = useStored<string[]>("organisation.closed", []);
  const [doing, setDoing] = useState<UnitAct>();
  const tree = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<string>();
  const q = (search.q ?? "").trim().toLowerCase();

  const hidden = new Set<string>();
  if (!q) {
    for (const u of units) {
      if (u.parentId && (hidden.has(u.parentId) || closed.includes(u.parentId))) hidden.add(u.id);
    }
  }
  const shown = units.filter((u) => (q ? u.name.toLowerCase().includes(q) : !hidden.has(u.id)));
  const top = Math.min(...units.map((u) => u.depth), Number.POSITIVE_INFINITY);
  const hasChildren = (u: Unit) => units.some((c) => c.parentId === u.id);
  const focused = shown.some((u) => u.id === at) ? at : shown[0]?.id;

  const toggle = (u: Unit, open: boolean) =>
    setClosed(open ? closed.filter((id) => id !== u.id) : [...closed.filter((id) => id !== u.id), u.id]);

  const focus = (id: string | undefined) => {
    if (!id) return;
    setAt(id);
    requestAnimationFrame(() => tree.current?.querySelector<HTMLElement>(`[data-unit="${id}"]`)?.focus());
  };
  const onKeyDown = (e: KeyboardEvent, u: Unit) => {
    if (e.target !== e.currentTarget) return;
    const i = shown.findIndex((x) => x.id === u.id);
    const open = !closed.includes(u.id);
    switch (e.key) {
      case "ArrowDown":
      case "j":
        focus(shown[i + 1]?.id);
        break;
      case "ArrowUp":
      case "k":
        focus(shown[i - 1]?.id);
        break;
      case "ArrowRight":
        if (hasChildren(u) && !open) toggle(u, true);
        else focus(shown[i + 1]?.parentId === u.id ? shown[i + 1]?.id : undefined);
        break;
      case "ArrowLeft":
        if (hasChildren(u) && open) toggle(u, false);
        else focus(u.parentId);
        break;
      case "Home":
        focus(shown[0]?.id);
        break;
      case "End":
        focus(shown.at(-1)?.id);
        break;
      case "e":
        if (u.actions.includes("edit")) setDoing({ act: "edit", unit: u });
        break;
      default:
        return;
    }
    e.preventDefault();
  };

  // A link from the search leads to one unit: it is brought into sight.
  const target = search.open;
  useEffect(() => {
    if (target && query.data)
      tree.current?.querySelector(`[data-unit="${target}"]`)?.scrollIntoView({ block: "center" });
  }, [target, query.data]);

  if (query.isError) {
    return (
      <Stack py="md">
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      </Stack>
    );
  }
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm">
        {t("organisation.about")}
      </Text>
      <div className={classes.toolbar}>
        <TextInput
          type="search"
          className={classes.search}
          leftSection={<IconSearch size={16} />}
          aria-label={t("organisation.search")}
          placeholder={t("organisation.search")}
          value={search.q ?? ""}
          onChange={(e) => set({ q: e.currentTarget.value }, { replace: true })}
        />
      </div>
      {query.isPending ? (
        <Stack gap={8} mt="xs">
          {[0, 1, 2, 2, 1, 2, 2].map((d, i) => (
            <Skeleton key={i} h={24} ml={d * 24} w={220} />
          ))}
        </Stack>
      ) : shown.length === 0 ? (
        <EmptyState title={t("organisation.none")} />
      ) : (
        <div ref={tree} role="tree" aria-label={t("organisation.label")} className={classes.tree}>
          {shown.map((u) => {
            const parent = hasChildren(u) && !q;
            const open = !closed.includes(u.id);
            return (
              <div
                key={u.id}
                role="treeitem"
                aria-level={q ? 1 : u.depth - top + 1}
                aria-expanded={parent ? open : undefined}
                aria-selected={u.id === target}
                aria-label={u.name}
                tabIndex={u.id === focused ? 0 : -1}
                data-unit={u.id}
                data-open={u.id === target || undefined}
                className={classes.row}
                style={{ paddingInlineStart: (q ? 0 : u.depth - top) * 24 + 4 }}
                onFocus={(e) => e.target === e.currentTarget && setAt(u.id)}
                onKeyDown={(e) => onKeyDown(e, u)}
              >
                {parent ? (
                  <UnstyledButton
                    className={classes.twist}
                    tabIndex={-1}
                    aria-label={t(open ? "organisation.collapse" : "organisation.expand", { name: u.name })}
                    onClick={() => toggle(u, !open)}
                  >
                    {open ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
                  </UnstyledButton>
                ) : (
                  <span className={classes.twist} />
                )}
                <span className={classes.name}>{u.name}</span>
                {u.type && <span className={classes.type}>{u.type}</span>}
                <span className={classes.counts}>
                  <span>{u.counts.persons > 0 && t("organisation.persons", { count: u.counts.persons })}</span>
                  <span>{u.counts.teams > 0 && t("organisation.teams", { count: u.counts.teams })}</span>
                </span>
                <UnitMenu unit={u} onAct={setDoing} onScope={() => set({ unit: u.id })} />
              </div>
            );
          })}
        </div>
      )}
      <UnitForm doing={doing} onClose={() => setDoing(undefined)} />
      <UnitMove doing={doing} units={units} onClose={() => setDoing(undefined)} />
      <UnitDelete doing={doing} units={units} onClose={() => setDoing(undefined)} />
    </>
  );
}

function UnitMenu({ unit, onAct, onScope }: { unit: Unit; onAct: (act: UnitAct) => void; onScope: () => void }) {
  const may = (act: string) => unit.actions.includes(act);
  return (
    <span className={classes.acts}>
      {may("create") && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          className={classes.add}
          tabIndex={-1}
          leftSection={<IconPlus size={14} />}
          onClick={() => onAct({ act: "add", unit })}
          aria-label={t("organisation.addBelow", { name: unit.name })}
        >
          {t("organisation.add")}
        </Button>
      )}
      <Menu>
        <Menu.Target>
          <ActionIcon size="md" aria-label={t("organisation.actions", { name: unit.name })}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onScope}>{t("organisation.scope")}</Menu.Item>
          {may("create") && (
            <Menu.Item onClick={() => onAct({ act: "add", unit })}>
              {t("organisation.addBelow", { name: unit.name })}
            </Menu.Item>
          )}
          {may("edit") && (
            <Menu.Item onClick={() => onAct({ act: "edit", unit })}>{t("organisation.rename")}</Menu.Item>
          )}
          {may("move") && <Menu.Item onClick={() => onAct({ act: "move", unit })}>{t("organisation.move")}</Menu.Item>}
          {may("delete") && (
            <Menu.Item c="var(--status-bad)" onClick={() => onAct({ act: "delete", unit })}>
              {t("organisation.delete")}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
