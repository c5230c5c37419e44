import { Select, type SelectProps } from "@mantine/core";

export interface TreeItem {
  id: string;
  name: string;
  depth: number;
}

/** Chooses one place in a tree that is known as a whole; indentation shows where a place lies. */
export function TreeSelect({
  items,
  value,
  onChange,
  ...props
}: {
  items: TreeItem[];
  value: string | null | undefined;
  onChange: (id: string | null) => void;
} & Omit<SelectProps, "data" | "value" | "onChange">) {
  const depth = new Map(items.map((i) => [i.id, i.depth]));
  return (
    <Select
      searchable
      {...props}
      data={items.map((i) => ({ value: i.id, label: i.name }))}
      value={value ?? null}
      onChange={onChange}
      renderOption={({ option }) => (
        <span style={{ paddingInlineStart: (depth.get(option.value) ?? 0) * 14 }}>{option.label}</span>
      )}
    />
  );
}
