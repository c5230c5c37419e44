import { MantineProvider, Menu } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useState } from "react";
import { describe, expect, test, vi } from "vitest";
import { Problem } from "@/api/problem";
import { parseSearch, stringifySearch } from "@/lib/url";
import { DataList, type ListArgs, type ListColumn, type ListSource } from "./list";
import { MetricTile } from "./MetricTile";
import { conflicts, merged, type StaleField } from "./StaleEditDialog";
import { TimeText } from "./Time";
import { split } from "./useProblemForm";
import { useStaleSave } from "./useStaleSave";

function show(content: ReactNode, address = "/") {
  const root = createRootRoute({ validateSearch: (s: Record<string, string>) => s });
  const page = createRoute({ getParentRoute: () => root, path: "/", component: () => content });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch,
    stringifySearch,
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return router;
}

interface Row {
  id: string;
  name: string;
}
const columns: ListColumn<Row>[] = [
  { id: "name", header: "Name", cell: (r) => r.name, csv: (r) => r.name, sort: "name" },
  { id: "size", header: "Size", cell: (r) => r.name.length, hidden: true },
];
function list(source: ListSource<Row>, more: Partial<Parameters<typeof DataList<Row>>[0]> = {}) {
  return (
    <DataList
      id="rows"
      label="Rows"
      source={source}
      columns={columns}
      rowId={(r) => r.id}
      rowName={(r) => r.name}
      empty={<p>Nothing here yet</p>}
      filters={[{ id: "state", label: "State", options: [{ value: "on", label: "On" }] }]}
      {...more}
    />
  );
}
const rows: Row[] = Array.from({ length: 250 }, (_, i) => ({ id: `r${i}`, name: `Row ${i}` }));
function paged(asked: ListArgs[] = []): ListSource<Row> {
  return {
    kind: "row",
    page: async (args) => {
      asked.push(args);
      const from = Number(args.cursor ?? 0);
      const next = from + args.limit;
      return { items: rows.slice(from, next), next: next < rows.length ? String(next) : undefined };
    },
  };
}

describe("the list", () => {
  test("asks for what the address says and draws only what is in sight", async () => {
    const asked: ListArgs[] = [];
    show(list(paged(asked)), "/?q=ro&state=on&sort=-name&unit=u1");
    await screen.findByText("Row 0");
    expect(asked[0]).toMatchObject({ q: "ro", filters: { state: "on" }, sort: "-name", unit: "u1" });
    expect(screen.getByText("100 rows loaded, more below")).toBeTruthy();
    expect(screen.queryByText("Row 99")).toBeNull();
  });

  test("j, x and Enter move, select and open, and the address follows", async () => {
    const run = vi.fn();
    const router = show(list(paged(), { bulk: [{ id: "act", label: "Act", run }] }));
    await screen.findByText("Row 0");
    const user = userEvent.setup();
    document.querySelector<HTMLElement>('[data-row="0"]')?.focus();
    await user.keyboard("j");
    await waitFor(() => expect(document.activeElement?.getAttribute("data-row")).toBe("1"));
    await user.keyboard("x");
    await user.click(await screen.findByRole("button", { name: "Act" }));
    expect(run.mock.calls[0]?.[0]).toEqual([rows[1]]);
    document.querySelector<HTMLElement>('[data-row="1"]')?.focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(router.state.location.search).toMatchObject({ open: "r1" }));
  });

  test("a header sorts one way, then the other", async () => {
    const router = show(list(paged()));
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: /^Name/ }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ sort: "name" }));
    await user.click(await screen.findByRole("button", { name: /^Name/ }));
    await waitFor(() => expect(router.state.location.search).toMatchObject({ sort: "-name" }));
  });

  test("nothing at all, filtered to nothing, failed and not allowed are four different things", async () => {
    const none: ListSource<Row> = { kind: "none", page: async () => ({ items: [] }) };
    const fails = (status: number): ListSource<Row> => ({
      kind: `fails${status}`,
      page: async () => {
        throw new Problem({ status, code: "some_code", message: "The words of the server." });
      },
    });
    show(
      <>
        {list(none, { id: "a", label: "A" })}
        {list(fails(422), { id: "b", label: "B" })}
        {list(fails(403), { id: "c", label: "C" })}
      </>,
    );
    expect(await screen.findByText("Nothing here yet")).toBeTruthy();
    const b = within(screen.getByRole("region", { name: "B" }));
    expect(await b.findByText(/some_code/)).toBeTruthy();
    expect(b.getByRole("button", { name: "Try again" })).toBeTruthy();
    const c = within(screen.getByRole("region", { name: "C" }));
    expect(await c.findByText("You may not see this")).toBeTruthy();
    expect(c.queryByRole("button", { name: "Try again" })).toBeNull();
  });

  test("filtered to nothing offers to clear", async () => {
    const none: ListSource<Row> = { kind: "none", page: async () => ({ items: [] }) };
    const router = show(list(none), "/?state=on&unit=u1");
    await userEvent.click(await screen.findByRole("button", { name: "Clear filters" }));
    await waitFor(() => expect(router.state.location.search).toEqual({ unit: "u1" }));
    expect(await screen.findByText("Nothing here yet")).toBeTruthy();
  });

  test("an export reads every page of what is filtered", async () => {
    const asked: ListArgs[] = [];
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => {} }));
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
    show(list(paged(asked), { rowMenu: () => <Menu.Item>Edit</Menu.Item> }), "/?q=ro");
    await screen.findByText("Row 0");
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "List options" }));
    await user.click(await screen.findByRole("menuitem", { name: "Export CSV" }));
    await waitFor(() => expect(saved).toHaveBeenCalledOnce());
    const exported = asked.filter((a) => a.limit === 500);
    expect(exported).toHaveLength(1);
    expect(exported[0]?.q).toBe("ro");
  });
});

describe("a stale edit", () => {
  const fields: StaleField[] = [
    { name: "name", label: "Name", base: "A", theirs: "B", yours: "C" },
    { name: "unit", label: "Unit", base: "u1", theirs: "u1", yours: "u2" },
    { name: "note", label: "Note", base: "", theirs: "n", yours: undefined },
    { name: "same", label: "Same", base: "x", theirs: "y", yours: "y" },
  ];
  test("asks only about what both changed, and keeps the rest of both", () => {
    expect(conflicts(fields).map((f) => f.name)).toEqual(["name"]);
    expect(merged(fields, {})).toEqual({ name: "C", unit: "u2", note: "n", same: "y" });
    expect(merged(fields, { name: "theirs" }).name).toBe("B");
  });

  test("saves the choice against the newer version", async () => {
    const put = vi
      .fn()
      .mockRejectedValueOnce(
        new Problem({ status: 409, code: "stale", message: "", data: { currentVersion: 8, current: { name: "B" } } }),
      )
      .mockResolvedValueOnce({});
    function Edit() {
      const [saved, setSaved] = useState<boolean>();
      const stale = useStaleSave<{ name: string }>({
        name: "Ledger",
        labels: { name: "Name" },
        read: (r: { name: string }) => ({ name: r.name }),
        put,
      });
      return (
        <>
          <button type="button" onClick={() => void stale.save({ name: "A" }, { name: "C" }, 7).then(setSaved)}>
            Save
          </button>
          <p>{String(saved)}</p>
          {stale.dialog}
        </>
      );
    }
    show(<Edit />);
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Save" }));
    await user.click(await screen.findByRole("radio", { name: "Name: Saved meanwhile" }));
    await user.click(screen.getByRole("button", { name: "Save the chosen values" }));
    expect(await screen.findByText("true")).toBeTruthy();
    expect(put.mock.calls).toEqual([
      [{ name: "C" }, 7],
      [{ name: "B" }, 8],
    ]);
  });
});

test("a problem's fields land on the inputs of their name, the rest stays above", () => {
  const p = new Problem({
    status: 422,
    code: "invalid",
    message: "",
    fields: [
      { path: "body.email", code: "taken", message: "Taken." },
      { path: "body.unitId", code: "x", message: "Unknown unit." },
    ],
  });
  expect(split(p, ["email", "name"])).toEqual({ errors: { email: "Taken." }, rest: true });
  expect(split(p, ["email", "unitId"]).rest).toBe(false);
  expect(split(new Problem({ status: 500, code: "internal", message: "" }), ["email"]).rest).toBe(true);
});

describe("numbers and time", () => {
  test("too few data is said, zero is zero, absent is a dash", async () => {
    show(
      <>
        <MetricTile name="Few" notEnough="2 of the 5 it needs" value="7" />
        <MetricTile name="Zero" value="0" unit="a day" n={0} />
        <MetricTile name="Absent" />
      </>,
    );
    expect(await screen.findByText("Not enough data")).toBeTruthy();
    expect(screen.queryByText("7")).toBeNull();
    expect(screen.getByText("0")).toBeTruthy();
    expect(screen.getByText("—")).toBeTruthy();
  });
  test("a change is better or worse, and none is said as none", async () => {
    show(
      <>
        <MetricTile name="Better" value="2 d" change={{ text: "−18 %", better: true, up: false, against: "2 d 9 h" }} />
        <MetricTile name="Same" value="3 d" change={{ against: "3 d" }} />
      </>,
    );
    expect(await screen.findByText("better than before")).toBeTruthy();
    expect(screen.getByText("No change")).toBeTruthy();
    expect(screen.queryByText("than before")).toBeNull();
  });
  test("a time carries its instant for machines and can be reached by keyboard", async () => {
    show(<TimeText value="2026-05-14T09:30:00Z" as="relative" />);
    const time = await screen.findByText(/ago|in |month|day/);
    expect(time.getAttribute("dateTime")).toBe("2026-05-14T09:30:00.000Z");
    expect(time.tabIndex).toBe(0);
  });
});
