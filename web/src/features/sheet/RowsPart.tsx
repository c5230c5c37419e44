import { Anchor, Button, Group, Select, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { StatusBadge } from "@/components/StatusBadge";
import { type ImportRow, type SheetImport, useRows } from "./queries";
import { actTones, words } from "./rules";
import { t } from "./text";

const acts = ["new", "changed", "unchanged", "invalid", "skipped"] as const;

/** How many rows there are of each. */
export function CountBadges({ of }: { of: SheetImport }) {
  const c = of.counts;
  return (
    <Group gap="md" aria-live="polite">
      <StatusBadge tone="good">{t("preview.new", { count: c.new })}</StatusBadge>
      <StatusBadge tone="active">{t("preview.changed", { count: c.changed })}</StatusBadge>
      <StatusBadge tone="idle">{t("preview.unchanged", { count: c.unchanged })}</StatusBadge>
      {c.skipped > 0 && <StatusBadge tone="frozen">{t("preview.skipped", { count: c.skipped })}</StatusBadge>}
      {c.invalid > 0 && <StatusBadge tone="bad">{t("preview.invalid", { count: c.invalid })}</StatusBadge>}
      {c.clashing > 0 && <StatusBadge tone="attention">{t("preview.clashing", { count: c.clashing })}</StatusBadge>}
    </Group>
  );
}

const places: Partial<Record<string, string>> = {
  environments: "/environments/",
  groups: "/environment-groups/",
  bookings: "/bookings/",
};

/** What becomes of every row: a page at a time, faulty ones first when there are any. */
export function RowsPart({ of }: { of: SheetImport }) {
  const [show, setShow] = useState<string>(of.counts.invalid > 0 ? "invalid" : "all");
  const rows = useRows(of, {
    act: show === "all" || show === "clashing" ? undefined : show,
    clashing: show === "clashing",
  });
  const list = rows.data?.pages.flatMap((p) => p.items) ?? [];
  const titles = new Map(of.fields.map((f) => [f.key, f.title]));
  const place = of.kind ? places[of.kind] : undefined;

  return (
    <Stack gap="xs">
      <Select
        label={t("preview.show")}
        maw={260}
        allowDeselect={false}
        value={show}
        onChange={(v) => v && setShow(v)}
        data={[
          { value: "all", label: t("preview.all") },
          ...acts.map((a) => ({ value: a, label: `${t(`preview.acts.${a}`)} (${of.counts[a]})` })),
          ...(of.counts.clashing > 0
            ? [{ value: "clashing", label: `${t("preview.clashingRows")} (${of.counts.clashing})` }]
            : []),
        ]}
      />
      {rows.isError && <ProblemAlert error={rows.error} onRetry={() => void rows.refetch()} />}
      {rows.isPending && <Skeleton h={200} />}
      {rows.isSuccess && (
        <PartTable
          label={t("done.rows")}
          empty={list.length === 0}
          title={t("preview.none")}
          head={[t("preview.row"), t("preview.what"), t("preview.record"), t("preview.details")]}
          rows={list.map((r) => ({
            id: String(r.number),
            name: r.label,
            cells: [
              r.number,
              <StatusBadge key="act" tone={actTones[r.act] ?? "idle"}>
                {t(`preview.acts.${r.act}`)}
              </StatusBadge>,
              r.recordId && place ? (
                <Anchor key="record" component={Link} to={(place + r.recordId) as never} fz="sm">
                  {r.label}
                </Anchor>
              ) : (
                r.label
              ),
              <Details key="details" row={r} titles={titles} />,
            ],
          }))}
        />
      )}
      {rows.hasNextPage && (
        <Group>
          <Button variant="default" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
            {t("preview.more")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Details({ row, titles }: { row: ImportRow; titles: Map<string, string> }) {
  const title = (key: string) => titles.get(key) ?? key;
  return (
    <Stack gap={2}>
      {row.errors.map((e) => (
        <Text key={`${e.field} ${e.code} ${e.message} ${e.value}`} size="sm">
          {e.field && (
            <b>{e.column ? t("preview.place", { field: title(e.field), column: e.column }) : title(e.field)} </b>
          )}
          {e.value ? `“${e.value}”: ` : ""}
          {e.message}
        </Text>
      ))}
      {Object.entries(row.changes ?? {}).map(([key, change]) => {
        const [from, to] = change as [unknown, unknown];
        return (
          <Text key={key} size="sm">
            {t("preview.change", {
              field: title(key),
              from: words(from, t("preview.nothing")),
              to: words(to, t("preview.nothing")),
            })}
          </Text>
        );
      })}
      {row.status && row.act !== "unchanged" && <Text size="sm">{row.status}</Text>}
      {row.notes.map((n) => (
        <Text key={n} size="sm" c="dimmed">
          {n}
        </Text>
      ))}
    </Stack>
  );
}
