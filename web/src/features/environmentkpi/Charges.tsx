import { Stack, Tabs, Text, Title } from "@mantine/core";
import { amount, type Cost, hours, money } from "./report";
import { Figures, Items, or } from "./Tables";
import { t } from "./text";

/** What booked hours cost, and whom; each amount leads to its bookings. */
export function Charges({ cost, about }: { cost: Cost; about: string }) {
  const parts = [
    { key: "byUnit", rows: cost.byUnit, label: t("cost.byUnit") },
    { key: "byApplication", rows: cost.byApplication, label: t("cost.byApplication") },
    { key: "byRelease", rows: cost.byRelease, label: t("cost.byRelease") },
  ] as const;
  return (
    <Stack gap="xs">
      <Title order={2}>{t("cost.title")}</Title>
      <Text size="sm" c="dimmed">
        {about}
      </Text>
      <Tabs defaultValue="byUnit" keepMounted={false}>
        <Tabs.List aria-label={t("cost.title")}>
          {parts.map((p) => (
            <Tabs.Tab key={p.key} value={p.key}>
              {p.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map((p) => (
          <Tabs.Panel key={p.key} value={p.key} pt="xs">
            <Figures
              title={p.label}
              rows={p.rows}
              id={(c) => c.id}
              columns={[
                { head: t("name"), cell: (c) => <Items to={c.items}>{c.name || t("nameless")}</Items> },
                { head: t("cost.hours"), cell: (c) => <Items to={c.items}>{hours(c.hours)}</Items>, number: true },
                {
                  head: cost.currency,
                  cell: (c) => <Items to={c.items}>{or(amount(c.amount, cost.currency))}</Items>,
                  number: true,
                },
                {
                  head: t("bookings"),
                  cell: (c) => <Items to={c.items}>{c.n.toLocaleString("en")}</Items>,
                  number: true,
                },
              ]}
            />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

/** What the capacity of all environments with a price costs, in a sentence. */
export function costWords(cost: Cost): string {
  return cost.n === 0
    ? t("cost.unpriced")
    : t("cost.about", {
        capacity: money(cost.capacity, cost.currency),
        booked: money(cost.booked, cost.currency),
        idle: money(cost.idle, cost.currency),
        count: cost.n,
      });
}
