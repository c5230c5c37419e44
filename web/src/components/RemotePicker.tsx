import { Loader, Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { PickerOption, PickerSource } from "@/lib/picker";
import { t } from "./text";

/** Chooses one record by typing a part of its name; the server finds it. */
export function RemotePicker({
  source,
  value,
  onChange,
  ...props
}: {
  source: PickerSource;
  value: string | null | undefined;
  onChange: (value: string | null, label?: string) => void;
} & Omit<SelectProps, "data" | "value" | "onChange">) {
  const [typed, setTyped] = useState("");
  const [picked, setPicked] = useState<PickerOption>();
  const [q] = useDebouncedValue(typed, 150);
  const known = picked?.value === value ? picked : undefined;
  const found = useQuery({
    queryKey: [source.key, "list", { picker: true, q: q === known?.label ? "" : q }],
    queryFn: ({ signal }) => source.find(q === known?.label ? "" : q, signal),
    placeholderData: (before) => before,
  });
  const named = useQuery({
    queryKey: [source.key, "one", value ?? "", "name"],
    queryFn: ({ signal }) => source.name?.(value as string, signal) ?? null,
    enabled: Boolean(value) && !known && !found.data?.some((o) => o.value === value),
  });
  const data = [...(found.data ?? [])];
  if (value && !data.some((o) => o.value === value)) {
    const label = known?.label ?? named.data;
    if (label) data.unshift({ value, label });
  }
  return (
    <Select
      searchable
      comboboxProps={{ shadow: "md" }}
      nothingFoundMessage={found.isFetching ? t("picker.loading") : t("picker.nothing")}
      rightSection={found.isFetching ? <Loader size={14} /> : undefined}
      filter={({ options }) => options}
      {...props}
      clearButtonProps={{ "aria-label": t("picker.clear") }}
      data={data}
      value={value ?? null}
      onSearchChange={setTyped}
      onChange={(next, option) => {
        if (next && option) setPicked({ value: next, label: option.label });
        onChange(next, option?.label);
      }}
    />
  );
}
