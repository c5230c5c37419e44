import { describe, expect, it } from "vitest";
import { changed, hours, isMonth, lastMonth, money, monthName, pageOf, percent } from "./report";

describe("figures", () => {
  it("keeps nothing apart from zero", () => {
    expect(percent(null)).toBeUndefined();
    expect(percent(0)).toBe("0 %");
    expect(hours(undefined)).toBeUndefined();
    expect(hours(0)).toBe("0");
    expect(money(null, "EUR")).toBeUndefined();
    expect(money(0, "EUR")).toBe("0.00 EUR");
  });
  it("rounds as people read", () => {
    expect(percent(0.1249)).toBe("12.5 %");
    expect(hours(2906)).toBe("2,906");
    expect(hours(4.25)).toBe("4.3");
    expect(money(123456, "CHF")).toBe("1,234.56 CHF");
    expect(money(123456, "JPY")).toBe("123,456 JPY");
    expect(changed(0.1)).toBe("+10 %");
    expect(changed(-0.5)).toBe("−50 %");
    expect(changed(null)).toBeUndefined();
  });
  it("knows months", () => {
    expect(lastMonth(new Date(2026, 0, 15))).toBe("2025-12");
    expect(monthName("2026-10")).toBe("October 2026");
    expect(isMonth("2026-10")).toBe(true);
    expect(isMonth("2026-13")).toBe(false);
    expect(isMonth(undefined)).toBe(false);
  });
});

describe("the page of a list", () => {
  it("has the filters of the list under the names of the page", () => {
    const from = new Date(2026, 9, 1).toISOString();
    const to = new Date(2026, 10, 1).toISOString();
    const items = `/bookings?unit=u1&from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}&status=${encodeURIComponent("approved,ended")}`;
    expect(pageOf(items)).toBe("/bookings?unit=u1&after=2026-10-01&before=2026-10-31&status=approved,ended");
    expect(pageOf(`/outages?from=${encodeURIComponent(from)}&kind=planned`)).toBe(
      "/outages?from=2026-10-01&kind=planned",
    );
    expect(pageOf("/environments")).toBe("/environments");
  });
  it("leads nowhere without a page", () => {
    expect(pageOf("/booking-requests")).toBeUndefined();
    expect(pageOf(undefined)).toBeUndefined();
  });
});
