import { Select, type SelectProps } from "@mantine/core";
import { zoneName } from "@/lib/time";

const zones = (() => {
  try {
    return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((z) => z !== "UTC")];
  } catch {
    return ["UTC"];
  }
})();

/** Chooses a time zone by its IANA name; the reader's own stands first. */
export function ZoneSelect({
  value,
  onChange,
  ...props
}: {
  value: string | null | undefined;
  onChange: (zone: string | null) => void;
} & Omit<SelectProps, "data" | "value" | "onChange">) {
  const mine = zoneName();
  const known = [...new Set([...(value ? [value] : []), ...(zones.includes(mine) ? [mine] : []), ...zones])];
  return <Select searchable limit={60} {...props} data={known} value={value || null} onChange={onChange} />;
}
