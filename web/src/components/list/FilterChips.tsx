import { Button, Checkbox, CloseButton, Menu, Popover, Radio, Stack, TextInput, UnstyledButton } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { RemotePicker } from "../RemotePicker";
import { t } from "../text";
import classes from "./DataList.module.css";
import type { ListFilter } from "./types";
import type { ListState } from "./useListState";

/** The filters in force, each a piece of a sentence ("state is active or pending"), and the menu that adds one. */
export function FilterChips({ filters, state }: { filters: ListFilter[]; state: ListState }) {
  const [adding, setAdding] = useState<string>();
  const shown = filters.filter((f) => state.filterValues[f.id] || f.id === adding);
  const rest = filters.filter((f) => !shown.includes(f) && f.kind !== "fixed");
  // A chip that was opened and left without a value goes away again.
  useEffect(() => {
    if (adding && state.filterValues[adding]) setAdding(undefined);
  }, [adding, state.filterValues]);
  return (
    <>
      {shown.map((f) => (
        <Chip
          key={f.id}
          filter={f}
          value={state.filterValues[f.id]}
          startOpen={f.id === adding}
          onChange={(v) => state.setFilter(f.id, v)}
          onLeave={() => setAdding(undefined)}
        />
      ))}
      {rest.length > 0 && (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconFilter size={16} />}>
              {t("list.addFilter")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((f) => (
              <Menu.Item key={f.id} onClick={() => setAdding(f.id)}>
                {f.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {state.active.length > 1 && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={state.clear}>
          {t("list.clear")}
        </Button>
      )}
    </>
  );
}

function Chip({
  filter,
  value,
  startOpen,
  onChange,
  onLeave,
}: {
  filter: ListFilter;
  value: string | undefined;
  startOpen: boolean;
  onChange: (value: string | undefined) => void;
  onLeave: () => void;
}) {
  const [open, setOpen] = useState(startOpen);
  const chosen = value?.split(",") ?? [];
  const named = useQuery({
    queryKey: [filter.source?.key ?? "none", "one", value ?? "", "name"],
    queryFn: ({ signal }) => filter.source?.name?.(value ?? "", signal) ?? "",
    enabled: filter.kind === "remote" && Boolean(value),
  });
  const words =
    filter.kind === "remote"
      ? (named.data ?? "…")
      : filter.say && value
        ? filter.say(value)
        : filter.kind === "day"
          ? value
          : chosen.map((v) => filter.options?.find((o) => o.value === v)?.label ?? v).join(` ${t("list.or")} `);
  const close = () => {
    setOpen(false);
    onLeave();
  };
  return (
    <Popover
      opened={open}
      onChange={(o) => (o ? setOpen(true) : close())}
      position="bottom-start"
      trapFocus
      returnFocus
    >
      <span className={classes.chip}>
        <Popover.Target>
          <UnstyledButton
            className={classes.chipText}
            disabled={filter.kind === "fixed"}
            onClick={() => (open ? close() : setOpen(true))}
            aria-label={`${filter.label} ${filter.verb ?? t("list.is")} ${words ?? ""}. ${t("list.editFilter", { name: filter.label })}`}
          >
            <span className={classes.chipName}>{filter.label}</span> {filter.verb ?? t("list.is")} <b>{words ?? "…"}</b>
          </UnstyledButton>
        </Popover.Target>
        {value && (
          <CloseButton
            size={24}
            aria-label={t("list.removeFilter", { name: filter.label })}
            onClick={() => onChange(undefined)}
          />
        )}
      </span>
      <Popover.Dropdown aria-label={filter.label}>
        {filter.kind === "remote" && filter.source ? (
          <RemotePicker
            data-autofocus
            label={filter.label}
            source={filter.source}
            value={value}
            clearable
            comboboxProps={{ withinPortal: false }}
            onChange={(v) => {
              onChange(v ?? undefined);
              close();
            }}
          />
        ) : filter.kind === "day" ? (
          <TextInput
            data-autofocus
            type="date"
            label={filter.label}
            value={value ?? ""}
            onChange={(e) => onChange(e.currentTarget.value)}
          />
        ) : filter.single ? (
          <Radio.Group label={filter.label} value={value ?? ""} onChange={onChange}>
            <Stack gap="xs" mt="xs">
              {filter.options?.map((o) => (
                <Radio key={o.value} value={o.value} label={o.label} />
              ))}
            </Stack>
          </Radio.Group>
        ) : (
          <Checkbox.Group
            label={filter.label}
            value={chosen}
            onChange={(values) => onChange(values.length ? values.join(",") : undefined)}
          >
            <Stack gap="xs" mt="xs" mah={320} style={{ overflowY: "auto" }}>
              {filter.options?.map((o) => (
                <Checkbox key={o.value} value={o.value} label={o.label} />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
