import { Anchor, Text } from "@mantine/core";
import { Absent } from "@/components/Absent";
import { TimeText } from "@/components/Time";
import { t } from "./text";
import { type DataType, isMoney } from "./values";

const named = (v: unknown) => (v as { name?: string })?.name ?? String(v);

/** The value of a custom field, read only. */
export function FieldValue({ type, value, measure }: { type: DataType; value: unknown; measure?: string }) {
  if (value === null || value === undefined) return <Absent />;
  switch (type) {
    case "boolean":
      return value ? t("yes") : t("no");
    case "datetime":
      return <TimeText value={String(value)} />;
    case "date":
      return <TimeText value={`${value}T12:00:00`} as="day" />;
    case "list":
    case "person":
      return named(value);
    case "multi_list":
      return Array.isArray(value) ? value.map(named).join(", ") : named(value);
    case "currency":
      return isMoney(value) ? `${value.amount.toLocaleString("en-GB")} ${value.currency}` : String(value);
    case "number":
    case "decimal":
      return `${Number(value).toLocaleString("en-GB", { maximumFractionDigits: 10 })}${measure ? ` ${measure}` : ""}`;
    case "url":
      return /^https?:\/\//i.test(String(value)) ? (
        <Anchor href={String(value)} target="_blank" rel="noreferrer noopener" inherit underline="always">
          {String(value)}
        </Anchor>
      ) : (
        String(value)
      );
    case "multiline":
      return (
        <Text span inherit style={{ whiteSpace: "pre-wrap" }}>
          {String(value)}
        </Text>
      );
    default:
      return String(value);
  }
}
