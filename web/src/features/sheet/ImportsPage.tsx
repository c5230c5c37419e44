import { Stack } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { PageHeader } from "@/components/PageHeader";
import { StatusBadge } from "@/components/StatusBadge";
import { TimeText } from "@/components/Time";
import { type ImportSummary, importAddress, kind } from "./queries";
import { stateTones } from "./rules";
import { t } from "./text";
import { UploadCard } from "./UploadCard";

const source: ListSource<ImportSummary> = {
  kind,
  page: ({ filters, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/environment-imports", {
        // Several values travel in one parameter, separated by commas.
        params: { query: { unit, ...filters, cursor, limit } as never },
        signal,
      }),
    ),
};

const result = (i: ImportSummary) => {
  if (i.state === "failed") return i.errorMessage;
  if (i.openQuestions > 0) return t("list.open", { count: i.openQuestions });
  const { rows, new: created, changed, unchanged } = i.counts;
  return rows > 0 ? t("list.counts", { created, changed, unchanged }) : undefined;
};

const columns: ListColumn<ImportSummary>[] = [
  { id: "file", header: t("file"), cell: (i) => i.fileName, csv: (i) => i.fileName, width: 240 },
  {
    id: "state",
    header: t("state"),
    cell: (i) => <StatusBadge tone={stateTones[i.state] ?? "idle"}>{t(`states.${i.state}`)}</StatusBadge>,
    csv: (i) => t(`states.${i.state}`),
    width: 150,
    card: true,
  },
  {
    id: "kind",
    header: t("holds"),
    cell: (i) => (i.kind ? t(`kinds.${i.kind}`) : t("unclear")),
    csv: (i) => i.kind,
    width: 180,
    card: true,
  },
  { id: "result", header: t("result"), cell: result, csv: result, width: 280 },
  { id: "by", header: t("by"), cell: (i) => i.actorName, csv: (i) => i.actorName, width: 160 },
  {
    id: "when",
    header: t("when"),
    cell: (i) => <TimeText value={i.createdAt} plain />,
    csv: (i) => i.createdAt,
    width: 150,
    card: true,
  },
];

const states = ["uploaded", "checked", "running", "done", "failed", "undone"] as const;
const kinds = ["environments", "components", "groups", "bookings"] as const;

/** Every import, and the place where the next one begins. */
export function ImportsPage() {
  const navigate = useNavigate();
  const can = useCan();
  const open = (id: string) => void navigate({ to: importAddress(id) as never });
  if (!can("sheet.import_environments")) {
    return (
      <>
        <PageHeader title={t("title")} crumbs={[{ label: t("environments"), to: "/environments" }]} />
        <EmptyState icon={IconFileSpreadsheet} title={t("noPermission")} body={t("noPermissionBody")} />
      </>
    );
  }
  return (
    <Stack gap="md" pb="xl">
      <PageHeader title={t("title")} about={t("about")} crumbs={[{ label: t("environments"), to: "/environments" }]} />
      <UploadCard onDone={open} />
      <DataList
        id="environment-imports"
        label={t("list.label")}
        source={source}
        columns={columns}
        rowId={(i) => i.id}
        rowName={(i) => i.fileName}
        onOpen={(i) => open(i.id)}
        noSearch
        height={440}
        filters={[
          {
            id: "kind",
            label: t("holds"),
            single: true,
            options: kinds.map((k) => ({ value: k, label: t(`kinds.${k}`) })),
          },
          { id: "state", label: t("state"), options: states.map((s) => ({ value: s, label: t(`states.${s}`) })) },
        ]}
        empty={<EmptyState icon={IconFileSpreadsheet} title={t("list.empty")} body={t("list.emptyBody")} />}
      />
    </Stack>
  );
}
