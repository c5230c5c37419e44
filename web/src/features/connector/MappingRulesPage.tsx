import { Button, Menu } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { useCan } from "@/api/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource, oneOf } from "@/components/list";
import { StatusBadge } from "@/components/StatusBadge";
import { textOr } from "@/lib/i18n";
import { version } from "./queries";
import { Replay } from "./Replay";
import { classWord, RuleForm, type RuleStart, ruleKinds } from "./RuleForm";
import { t } from "./text";

type Rule = Schema<"DeliveryRule">;

const source: ListSource<Rule> = {
  kind: "mapping_rule",
  page: ({ q, filters, cursor, limit }, signal) =>
    ok(
      api.GET("/api/v1/mapping-rules", {
        params: { query: { q, kind: oneOf(ruleKinds, filters.kind), cursor, limit } },
        signal,
      }),
    ),
};

/** Rules that say where a record belongs when it does not say so itself. */
export function MappingRulesPage() {
  const can = useCan();
  const client = useQueryClient();
  const [editing, setEditing] = useState<RuleStart>();
  const [leaving, setLeaving] = useState<Rule>();
  const manage = can("delivery.manage_mapping");
  const apps = useQuery({
    queryKey: ["application", "list", { names: true }],
    queryFn: async ({ signal }) => {
      const page = await ok(api.GET("/api/v1/applications", { params: { query: { limit: 500 } }, signal }));
      return new Map(page.items.map((a) => [a.id, a.name]));
    },
  });
  const goal = (r: Rule) =>
    r.applicationId
      ? (apps.data?.get(r.applicationId) ?? r.applicationId)
      : r.kind === "environment_class"
        ? classWord(r.target)
        : r.target;
  const edit = (r: Rule) => setEditing(r as RuleStart);
  return (
    <>
      <DataList
        id="mapping-rules"
        label={t("tabs.rules")}
        source={source}
        rowId={(r) => r.id}
        rowName={(r) => r.pattern}
        onOpen={manage ? edit : false}
        onEdit={manage ? edit : undefined}
        rowMenu={
          manage
            ? (r) => (
                <>
                  <Menu.Item onClick={() => edit(r)}>{t("edit")}</Menu.Item>
                  <Menu.Item c="var(--status-bad)" onClick={() => setLeaving(r)}>
                    {t("remove")}
                  </Menu.Item>
                </>
              )
            : undefined
        }
        filters={[
          {
            id: "kind",
            label: t("rule.kind"),
            single: true,
            options: ruleKinds.map((k) => ({ value: k, label: t(`ruleKinds.${k}`) })),
          },
        ]}
        columns={[
          { id: "pattern", header: t("rule.pattern"), cell: (r) => r.pattern, csv: (r) => r.pattern, width: 230 },
          {
            id: "kind",
            header: t("rule.kind"),
            cell: (r) => textOr("connector", `ruleKinds.${r.kind}`, r.kind),
            csv: (r) => r.kind,
            width: 170,
            card: true,
          },
          {
            id: "match",
            header: t("rule.match"),
            cell: (r) => textOr("connector", `matches.${r.match}`, r.match),
            csv: (r) => r.match,
            width: 150,
          },
          { id: "goal", header: t("rule.belongs"), cell: goal, csv: goal, card: true },
          {
            id: "priority",
            header: t("rule.priority"),
            cell: (r) => r.priority,
            csv: (r) => r.priority,
            align: "right",
            width: 80,
          },
          {
            id: "enabled",
            header: t("state"),
            cell: (r) => (
              <StatusBadge tone={r.enabled ? "good" : "idle"}>{r.enabled ? t("rule.on") : t("rule.off")}</StatusBadge>
            ),
            csv: (r) => String(r.enabled),
            width: 130,
            card: true,
          },
        ]}
        empty={
          <EmptyState
            title={t("rule.none")}
            body={t("rule.noneBody")}
            action={manage && <Button onClick={() => setEditing({})}>{t("rule.add")}</Button>}
          />
        }
      >
        {manage && (
          <>
            <Replay />
            <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing({})}>
              {t("rule.add")}
            </Button>
          </>
        )}
      </DataList>
      {editing && <RuleForm start={editing} onClose={() => setEditing(undefined)} />}
      <ConfirmDialog
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={t("rule.removeTitle", { pattern: leaving?.pattern })}
        body={t("rule.removeBody")}
        verb={t("remove")}
        danger
        onConfirm={async () => {
          await ok(
            api.DELETE("/api/v1/mapping-rules/{id}", {
              params: { path: { id: leaving?.id ?? "" }, ...version(leaving?.version ?? 1) },
            }),
          );
          await client.invalidateQueries({ queryKey: ["mapping_rule"] });
        }}
      />
    </>
  );
}
