import { Anchor, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Absent } from "@/components/Absent";
import { ProblemAlert } from "@/components/ProblemAlert";
import classes from "./environmentkpi.module.css";
import { type Question, useEnvironmentUse } from "./queries";
import { hours, pageOf, percent, type Report } from "./report";
import { t } from "./text";

/** A number that leads to its items, or a dash where there is none. */
export function Items({ to, children }: { to?: string; children: ReactNode }) {
  const page = pageOf(to);
  if (!page) return children;
  return (
    <Anchor component={Link} to={page as string} fz="inherit">
      {children}
    </Anchor>
  );
}

export const or = (value: string | undefined) => value ?? <Absent />;

interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  number?: boolean;
}

/** How many rows a long table shows until all are asked for. */
const first = 10;

/** A table of figures; a long one begins with its first rows. */
export function Figures<T>({
  title,
  rows,
  columns,
  id,
}: {
  title: string;
  rows: T[];
  columns: Column<T>[];
  id: (r: T) => string;
}) {
  const [all, setAll] = useState(false);
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("none")}
      </Text>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label={title}>
      <Table aria-label={title}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((c) => (
              <Table.Th key={c.head} className={c.number ? classes.number : undefined}>
                {c.head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(all ? rows : rows.slice(0, first)).map((r) => (
            <Table.Tr key={id(r)}>
              {columns.map((c) => (
                <Table.Td key={c.head} className={c.number ? classes.number : undefined}>
                  {c.cell(r)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rows.length > first && (
        <Anchor component="button" type="button" size="sm" mt={6} onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? t("fewer") : t("all", { count: rows.length })}
        </Anchor>
      )}
    </section>
  );
}

/** What became of the bookings. */
export function Statuses({ report: r }: { report: Report }) {
  const title = t("statuses.title");
  return (
    <Stack gap="xs">
      <Title order={2}>{title}</Title>
      <Figures
        title={title}
        rows={r.bookings.byStatus}
        id={(s) => s.status}
        columns={[
          { head: t("statuses.status"), cell: (s) => <Items to={s.items}>{t(`statuses.${s.status}`)}</Items> },
          { head: t("bookings"), cell: (s) => s.n.toLocaleString("en"), number: true },
        ]}
      />
    </Stack>
  );
}

/** What was asked for against what there is. */
export function Demand({ title, rows }: { title: string; rows: Report["demandByUsage"] }) {
  return (
    <Stack gap="xs">
      <Title order={2}>{title}</Title>
      <Figures
        title={title}
        rows={rows}
        id={(d) => d.id}
        columns={[
          { head: t("name"), cell: (d) => <Items to={d.items}>{d.name || t("nameless")}</Items> },
          { head: t("demand.demanded"), cell: (d) => hours(d.demandedHours), number: true },
          { head: t("demand.capacity"), cell: (d) => hours(d.capacityHours), number: true },
          {
            head: t("demand.share"),
            number: true,
            cell: (d) => (
              <>
                {or(percent(d.share))}
                {d.share !== null && d.share > 0 && (
                  <span
                    className={classes.bar}
                    data-over={d.share > 1 || undefined}
                    style={{ width: `${Math.min(1, d.share) * 100}%` }}
                    aria-hidden
                  />
                )}
              </>
            ),
          },
        ]}
      />
    </Stack>
  );
}

/** The use of every environment, the busiest first. */
export function EnvironmentUse({ query }: { query: Question }) {
  const use = useEnvironmentUse(query);
  const title = t("use.title");
  return (
    <Stack gap="xs">
      <Title order={2}>{title}</Title>
      {use.isError && !use.data ? (
        <ProblemAlert error={use.error} onRetry={() => void use.refetch()} />
      ) : use.data ? (
        <Figures
          title={title}
          rows={use.data.environments}
          id={(e) => e.environment.id}
          columns={[
            {
              head: t("environment"),
              cell: (e) =>
                e.active ? (
                  <Anchor component={Link} to={`/environments/${e.environment.id}` as string} fz="inherit">
                    {e.environment.name}
                  </Anchor>
                ) : (
                  t("gone", { name: e.environment.name })
                ),
            },
            { head: t("usage"), cell: (e) => e.usage || <Absent /> },
            { head: t("application"), cell: (e) => e.application || <Absent /> },
            { head: t("figures.booked"), cell: (e) => or(percent(e.bookedShare)), number: true },
            { head: t("figures.used"), cell: (e) => or(percent(e.usedShare)), number: true },
            { head: t("use.idle"), cell: (e) => hours(e.idleHours), number: true },
            {
              head: t("bookings"),
              cell: (e) => <Items to={e.items}>{e.bookings.toLocaleString("en")}</Items>,
              number: true,
            },
          ]}
        />
      ) : (
        <Skeleton h={200} role="status" aria-label={t("loading")} />
      )}
    </Stack>
  );
}
