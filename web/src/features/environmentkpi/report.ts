import type { Schema } from "@/api/client";

export type Report = Schema<"EnvironmentkpiReportView">;
export type Cost = Schema<"EnvironmentkpiCostView">;
export type Measure = Schema<"EnvironmentkpiMeasureView">;
export type Advice = Schema<"EnvironmentkpiAdviceView">;
export type Subscription = Schema<"EnvironmentkpiSubscriptionView">;

/** "12.5 %"; what is not known stays undefined. */
export function percent(value: number | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  return `${(Math.round(value * 1000) / 10).toLocaleString("en")} %`;
}

/** Hours with one place, whole from a hundred on. */
export function hours(value: number | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const places = Math.abs(value) >= 100 ? 0 : 1;
  return value.toLocaleString("en", { maximumFractionDigits: places });
}

/** An amount in minor units as money: 100 cents make one euro, 1 yen is one yen. */
export function money(minor: number | null | undefined, currency: string): string | undefined {
  const text = amount(minor, currency);
  return text === undefined ? undefined : `${text} ${currency}`;
}

/** The number of an amount alone, where the head of its column names the currency. */
export function amount(minor: number | null | undefined, currency: string): string | undefined {
  if (minor === null || minor === undefined) return undefined;
  const places = placesOf(currency);
  return (minor / 10 ** places).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
}

function placesOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** A change from the year before: "+10 %". */
export function changed(value: number | null | undefined): string | undefined {
  const text = percent(value);
  if (text === undefined || value === null || value === undefined) return undefined;
  return value > 0 ? `+${text}` : text.replace("-", "−");
}

/** The months a picker may show: "2026-10". */
export function isMonth(text: string | undefined): text is string {
  return /^2[01]\d\d-(0[1-9]|1[0-2])$/.test(text ?? "");
}

/** The last month that is over where the reader is. */
export function lastMonth(now = new Date()): string {
  const at = new Date(now.getFullYear(), now.getMonth() - 1, 1);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}`;
}

/** "October 2026" */
export function monthName(month: string): string {
  const [year, number] = month.split("-").map(Number);
  if (!year || !number) return month;
  return new Date(Date.UTC(year, number - 1, 1)).toLocaleDateString("en-GB", {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/**
 * The page that shows the items of a figure: the API names its list, whose page has the same path and filters. The day a
 * window ends on is the one before its end.
 */
export function pageOf(items: string | undefined): string | undefined {
  if (!items) return undefined;
  const at = items.indexOf("?");
  const path = at < 0 ? items : items.slice(0, at);
  if (!["/bookings", "/outages", "/environments"].includes(path)) return undefined;
  const asked = new URLSearchParams(at < 0 ? "" : items.slice(at + 1));
  const days = path === "/bookings" ? { from: "after", to: "before" } : { from: "from", to: "to" };
  const out = new URLSearchParams();
  for (const [name, value] of asked) {
    if (name === "from") out.set(days.from, localDayOf(value, 0));
    else if (name === "to") out.set(days.to, localDayOf(value, -1));
    else out.set(name, value);
  }
  const text = out.toString().replaceAll("%2C", ",");
  return text ? `${path}?${text}` : path;
}

function localDayOf(moment: string, shift: number): string {
  const at = new Date(Date.parse(moment) + shift);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
