import { Select, TextInput } from "@mantine/core";
import classes from "./environmentkpi.module.css";
import { useQuestion } from "./queries";
import { isMonth, lastMonth } from "./report";
import { t } from "./text";

/** Of which month a report is, and on whose clocks; both stand in the address. */
export function Controls() {
  const { month, query, set } = useQuestion();
  return (
    <div className={classes.controls}>
      <TextInput
        type="month"
        label={t("month")}
        value={month}
        min="2000-01"
        max="2199-12"
        onChange={(e) => {
          const v = e.currentTarget.value;
          if (isMonth(v)) set({ month: v === lastMonth() ? undefined : v }, { replace: true });
        }}
      />
      <Select
        label={t("zone")}
        w={200}
        searchable
        limit={100}
        allowDeselect={false}
        value={query.zone}
        onChange={(v) => set({ tz: v ?? undefined }, { replace: true })}
        data={zones.includes(query.zone) ? zones : [query.zone, ...zones]}
      />
    </div>
  );
}

const zones = [
  "UTC",
  ...(typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : []),
].filter((z, i, all) => all.indexOf(z) === i);
