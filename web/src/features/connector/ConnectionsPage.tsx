import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { useUnitName } from "@/api/lookups";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource, oneOf } from "@/components/list";
import { TimeText } from "@/components/Time";
import { Health, RunState } from "./Marks";
import { type Connection, useKinds } from "./queries";
import { t } from "./text";

const states = ["ACTIVE", "PAUSED"] as const;

const source: ListSource<Connection> = {
  kind: "connection",
  page: ({ q, filters, unit, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/connections", {
        params: { query: { q, unit, kind: filters.kind, state: oneOf(states, filters.state), cursor, limit } },
        signal,
      }),
    ),
};

export function ConnectionsPage() {
  const can = useCan();
  const navigate = useNavigate();
  const unitName = useUnitName();
  const kinds = useKinds();
  const manage = can("connector.manage_connection");
  const title = (kind: string) => kinds.data?.find((k) => k.kind === kind)?.title ?? kind;
  return (
    <DataList
      id="connections"
      label={t("title")}
      source={source}
      rowId={(c) => c.id}
      rowName={(c) => c.name}
      onOpen={(c) => void navigate({ to: `/connections/${c.id}` as string })}
      filters={[
        {
          id: "kind",
          label: t("kind"),
          single: true,
          options: (kinds.data ?? []).map((k) => ({ value: k.kind, label: k.title })),
        },
        {
          id: "state",
          label: t("state"),
          single: true,
          options: states.map((v) => ({ value: v, label: t(`states.${v}`) })),
        },
      ]}
      columns={[
        { id: "name", header: t("name"), cell: (c) => c.name, csv: (c) => c.name, width: 220 },
        { id: "kind", header: t("kind"), cell: (c) => title(c.kind), csv: (c) => c.kind, width: 150, card: true },
        {
          id: "health",
          header: t("healthWord"),
          cell: (c) => <Health connection={c} />,
          csv: (c) => c.health?.state,
          width: 140,
          card: true,
        },
        {
          id: "freshness",
          header: t("freshness"),
          cell: (c) => <TimeText value={c.health?.oldestSuccessAt} as="relative" plain />,
          csv: (c) => c.health?.oldestSuccessAt,
          width: 140,
          card: true,
        },
        {
          id: "scopes",
          header: t("scopes.title"),
          cell: (c) => c.health?.scopes ?? 0,
          csv: (c) => c.health?.scopes,
          align: "right",
          width: 90,
        },
        {
          id: "run",
          header: t("lastRun"),
          cell: (c) => c.lastRun && <RunState state={c.lastRun.state} />,
          csv: (c) => c.lastRun?.state,
          width: 140,
        },
        { id: "unit", header: t("unit"), cell: (c) => unitName(c.unitId), csv: (c) => unitName(c.unitId) },
      ]}
      empty={
        <EmptyState
          title={t("empty.title")}
          body={t("empty.body")}
          action={
            manage && (
              <Button component={Link} to={"/connections/new" as string}>
                {t("add")}
              </Button>
            )
          }
        />
      }
    >
      {manage && (
        <Button component={Link} to={"/connections/new" as string} leftSection={<IconPlus size={16} />}>
          {t("add")}
        </Button>
      )}
    </DataList>
  );
}
