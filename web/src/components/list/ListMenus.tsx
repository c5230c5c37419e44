import { ActionIcon, Button, Group, Menu, Popover, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconBookmark, IconCheck, IconDownload, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useStored } from "@/lib/stored";
import { t } from "../text";
import type { ListColumn } from "./types";
import type { ListState } from "./useListState";

export type Density = "compact" | "comfortable";

/** Columns, row height and the export. */
export function OptionsMenu<T>({
  columns,
  state,
  density,
  setDensity,
  onExport,
}: {
  columns: ListColumn<T>[];
  state: ListState;
  density: Density;
  setDensity: (d: Density) => void;
  onExport?: () => void;
}) {
  const shown = new Set(state.visible.map((c) => c.id));
  const toggle = (id: string) => {
    const next = columns
      .slice(1)
      .filter((c) => (c.id === id ? !shown.has(id) : shown.has(c.id)))
      .map((c) => c.id);
    const usual = columns.slice(1).filter((c) => !c.hidden);
    const isUsual = next.length === usual.length && usual.every((c) => next.includes(c.id));
    state.setColumns(isUsual ? undefined : next.length ? next : ["none"]);
  };
  return (
    <Menu closeOnItemClick={false}>
      <Menu.Target>
        <Tooltip label={t("list.options")}>
          <ActionIcon aria-label={t("list.options")}>
            <IconAdjustmentsHorizontal size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.length > 1 && <Menu.Label>{t("list.columns")}</Menu.Label>}
        {columns.slice(1).map((c) => (
          <Menu.Item
            key={c.id}
            role="menuitemcheckbox"
            aria-checked={shown.has(c.id)}
            leftSection={<Mark on={shown.has(c.id)} />}
            onClick={() => toggle(c.id)}
          >
            {c.header}
          </Menu.Item>
        ))}
        <Menu.Label>{t("list.density")}</Menu.Label>
        {(["comfortable", "compact"] as const).map((d) => (
          <Menu.Item
            key={d}
            role="menuitemradio"
            aria-checked={density === d}
            leftSection={<Mark on={density === d} />}
            onClick={() => setDensity(d)}
          >
            {t(`list.${d}`)}
          </Menu.Item>
        ))}
        {onExport && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconDownload size={16} />} closeMenuOnClick onClick={onExport}>
              {t("list.export")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Mark({ on }: { on: boolean }) {
  return <IconCheck size={16} style={{ visibility: on ? "visible" : "hidden" }} aria-hidden />;
}

interface View {
  name: string;
  view: Record<string, string>;
}

/** The reader's own named views of a list, kept on this machine. */
export function ViewsMenu({ id, state }: { id: string; state: ListState }) {
  const [views, setViews] = useStored<View[]>(`views.${id}`, []);
  const [name, setName] = useState("");
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus width={280}>
      <Popover.Target>
        <Tooltip label={t("list.views")}>
          <ActionIcon aria-label={t("list.views")} aria-expanded={open} onClick={() => setOpen(!open)}>
            <IconBookmark size={18} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("list.views")}>
        {views.length === 0 && (
          <Text size="sm" c="dimmed" mb="xs">
            {t("list.noViews")}
          </Text>
        )}
        {views.map((v) => (
          <Group key={v.name} gap={4} wrap="nowrap" mb={4}>
            <UnstyledButton
              flex={1}
              fz="sm"
              py={4}
              onClick={() => {
                state.setView(v.view);
                setOpen(false);
              }}
            >
              {v.name}
            </UnstyledButton>
            <ActionIcon
              size="md"
              aria-label={t("list.deleteView", { name: v.name })}
              onClick={() => setViews(views.filter((o) => o !== v))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <form
          onSubmit={(e) => {
            e.preventDefault();
            const trimmed = name.trim();
            if (!trimmed) return;
            setViews([...views.filter((v) => v.name !== trimmed), { name: trimmed, view: state.view }]);
            setName("");
          }}
        >
          <TextInput
            data-autofocus
            label={t("list.viewName")}
            value={name}
            maxLength={60}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <Button type="submit" size="compact-sm" mt="xs" disabled={!name.trim()}>
            {t("list.saveView")}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
