import { Group, MultiSelect, NumberInput, Select, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, ok } from "@/api/client";
import { personPicker } from "@/api/lookups";
import { keys } from "@/api/query";
import { RemotePicker } from "@/components/RemotePicker";
import { t } from "./text";
import { type DataType, isMoney } from "./values";

/** The values of a list that can be chosen, in their order. */
export function useListValues(list: string | undefined) {
  return useQuery({
    queryKey: keys.one("lookup_list", list ?? ""),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/lookups/{list}", { params: { path: { list: list ?? "" } }, signal })),
    enabled: Boolean(list),
  });
}

/** An input for a value of a data type; null is empty. */
export function FieldInput({
  type,
  list,
  measure,
  value,
  onChange,
  ...props
}: {
  type: DataType;
  list?: string;
  measure?: string;
  value: unknown;
  onChange: (value: unknown) => void;
  label: string;
  description?: string;
  error?: string;
  disabled?: boolean;
  withAsterisk?: boolean;
}) {
  const values = useListValues(type === "list" || type === "multi_list" ? list : undefined);
  const options = (values.data?.values ?? []).filter((v) => v.active).map((v) => ({ value: v.id, label: v.name }));
  const text = value === null || value === undefined ? "" : String(value);
  const put = (v: string) => onChange(v === "" ? null : v);
  const number = (v: string | number) => onChange(v === "" ? null : Number(v));
  switch (type) {
    case "multiline":
      return (
        <Textarea
          {...props}
          autosize
          minRows={2}
          maxRows={12}
          value={text}
          onChange={(e) => put(e.currentTarget.value)}
        />
      );
    case "number":
    case "decimal":
      return (
        <NumberInput
          {...props}
          hideControls
          allowDecimal={type === "decimal"}
          value={value === null || value === undefined ? "" : Number(value)}
          onChange={number}
          rightSection={measure ? <span>{measure}</span> : undefined}
          rightSectionWidth={measure ? measure.length * 8 + 16 : undefined}
          rightSectionPointerEvents="none"
        />
      );
    case "currency": {
      const money = isMoney(value) ? value : { amount: Number.NaN, currency: "EUR" };
      return (
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <NumberInput
            {...props}
            style={{ flex: 1 }}
            hideControls
            value={Number.isNaN(money.amount) ? "" : money.amount}
            onChange={(v) => onChange(v === "" ? null : { ...money, amount: Number(v) })}
          />
          <TextInput
            w={80}
            aria-label={t("currencyOf", { name: props.label })}
            maxLength={3}
            disabled={props.disabled}
            value={money.currency}
            onChange={(e) =>
              onChange({ ...money, currency: e.currentTarget.value.toUpperCase().replace(/[^A-Z]/g, "") })
            }
          />
        </Group>
      );
    }
    case "list":
      return (
        <Select
          {...props}
          clearable
          searchable
          clearButtonProps={{ "aria-label": t("clear") }}
          data={options}
          value={text || null}
          onChange={onChange}
        />
      );
    case "multi_list":
      return (
        <MultiSelect
          {...props}
          clearable
          searchable
          clearButtonProps={{ "aria-label": t("clear") }}
          data={options}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
        />
      );
    case "person":
      return (
        <RemotePicker {...props} clearable source={personPicker} value={text || null} onChange={(v) => onChange(v)} />
      );
    case "boolean":
      return (
        <Select
          {...props}
          clearable
          clearButtonProps={{ "aria-label": t("clear") }}
          data={[
            { value: "true", label: t("yes") },
            { value: "false", label: t("no") },
          ]}
          value={value === true ? "true" : value === false ? "false" : null}
          onChange={(v) => onChange(v === null ? null : v === "true")}
        />
      );
    default: {
      const kind = { date: "date", time: "time", datetime: "datetime-local", url: "url" }[type as string] ?? "text";
      return (
        <TextInput
          {...props}
          type={kind}
          autoComplete="off"
          value={text}
          onChange={(e) => put(e.currentTarget.value)}
        />
      );
    }
  }
}
