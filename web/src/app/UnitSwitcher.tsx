import { Combobox, ScrollArea, UnstyledButton, useCombobox } from "@mantine/core";
import { IconCheck, IconChevronDown, IconSitemap } from "@tabler/icons-react";
import { useState } from "react";
import { useUnits } from "@/api/lookups";
import { useUrl } from "@/lib/url";
import classes from "./Shell.module.css";
import { t } from "./text";

/** The scope of everything below it: one unit with all under it, or everything the reader may see. */
export function UnitSwitcher() {
  const { search, set } = useUrl();
  const { data: units = [] } = useUnits();
  const [q, setQ] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      setQ("");
      combobox.resetSelectedOption();
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const here = units.find((u) => u.id === search.unit);
  const name = here?.name ?? t("unit.all");
  const found = units.filter((u) => u.name.toLowerCase().includes(q.trim().toLowerCase()));
  const choose = (id: string) => {
    set({ unit: id || undefined, open: undefined });
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} width={300} position="bottom-start" shadow="md">
      <Combobox.Target targetType="button">
        <UnstyledButton
          className={classes.unitButton}
          onClick={() => combobox.toggleDropdown()}
          aria-label={t("unit.switch", { name })}
        >
          <IconSitemap size={16} aria-hidden />
          <span>{name}</span>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={q}
          onChange={(e) => setQ(e.currentTarget.value)}
          placeholder={t("unit.placeholder")}
          aria-label={t("unit.placeholder")}
        />
        <Combobox.Options aria-label={t("unit.label")}>
          <ScrollArea.Autosize mah={360} type="auto" viewportProps={{ tabIndex: 0 }}>
            {!q && (
              <Combobox.Option value="" active={!search.unit}>
                <Row name={t("unit.all")} depth={0} on={!search.unit} />
              </Combobox.Option>
            )}
            {found.map((u) => (
              <Combobox.Option key={u.id} value={u.id} active={u.id === search.unit}>
                <Row name={u.name} depth={q ? 0 : u.depth} on={u.id === search.unit} />
              </Combobox.Option>
            ))}
            {q && found.length === 0 && <Combobox.Empty>{t("unit.none")}</Combobox.Empty>}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Row({ name, depth, on }: { name: string; depth: number; on: boolean }) {
  return (
    <span style={{ display: "flex", alignItems: "center", gap: 8, paddingInlineStart: depth * 14 }}>
      <span style={{ flex: 1, overflow: "hidden", textOverflow: "ellipsis" }}>{name}</span>
      {on && <IconCheck size={16} aria-hidden />}
    </span>
  );
}
