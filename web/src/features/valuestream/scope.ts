import { useUrl } from "@/lib/url";

const presets = [30, 90, 180] as const;
export const environmentClasses = ["PRODUCTION", "STAGING", "TESTING", "DEVELOPMENT"] as const;
export const buckets = ["day", "week", "month"] as const;

/** What the delivery page is about, all of it read from the address. */
export function useDeliveryScope() {
  const { search, set } = useUrl();
  const days = search.from || search.to ? undefined : (presets.find((d) => String(d) === search.days) ?? 90);
  const zone = search.tz || Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const from = search.from || (days ? startOf(days) : undefined);
  return {
    days,
    set,
    search,
    query: {
      unit: search.unit || undefined,
      application: search.application || undefined,
      team: search.team || undefined,
      environmentClass: environmentClasses.find((c) => c === search.env) ?? "PRODUCTION",
      from,
      to: search.to || undefined,
      bucket: buckets.find((b) => b === search.bucket) ?? "week",
      timeZone: zone,
      leadFrom: search.lead === "merge" ? ("merge" as const) : ("first_commit" as const),
    },
  };
}

/** The day a number of days ago, so that the same view keeps the same question all day. */
function startOf(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() - days);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export { presets };
export type DeliveryQuery = ReturnType<typeof useDeliveryScope>["query"];
