import { Button } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { api, ok, type Schema } from "@/api/client";
import { useCan } from "@/api/session";
import { EmptyState } from "@/components/EmptyState";
import { DataList, type ListSource } from "@/components/list";
import { TimeText } from "@/components/Time";
import { textOr } from "@/lib/i18n";
import { Replay } from "./Replay";
import { classWord, RuleForm, type RuleStart } from "./RuleForm";
import { t } from "./text";

type Group = Schema<"DeliveryUnmappedGroup">;

const source: ListSource<Group> = {
  kind: "unmapped",
  // The answer is whole: there are never many groups.
  page: (_, signal) => ok(api.GET("/api/v1/unmapped", { signal })),
};
const idOf = (g: Group) => `${g.connectionId} ${g.records} ${g.kind} ${g.value}`;
const kindWord = (kind: string) => textOr("connector", `ruleKinds.${kind}`, kind.replaceAll("_", " "));

/** Records that belong to no application yet, grouped by what one rule would settle. */
export function UnmappedPage() {
  const can = useCan();
  const [making, setMaking] = useState<RuleStart>();
  const manage = can("delivery.manage_mapping");
  const make = (g: Group) =>
    setMaking({
      kind: g.kind as RuleStart["kind"],
      pattern: g.value,
      connectionId: g.connectionId,
      application: g.suggestion?.applicationId,
      target: g.suggestion?.environmentClass,
    });
  return (
    <>
      <DataList<Group>
        id="unmapped"
        label={t("tabs.unmapped")}
        source={source}
        noSearch
        rowId={idOf}
        rowName={(g) => g.value}
        onOpen={manage ? make : false}
        columns={[
          { id: "value", header: t("unmapped.value"), cell: (g) => g.value, csv: (g) => g.value, width: 240 },
          { id: "kind", header: t("kind"), cell: (g) => kindWord(g.kind), csv: (g) => g.kind, width: 150, card: true },
          {
            id: "records",
            header: t("unmapped.of"),
            cell: (g) => textOr("connector", `recordKinds.${g.records}`, g.records.replaceAll("_", " ")),
            csv: (g) => g.records,
            width: 120,
          },
          {
            id: "count",
            header: t("unmapped.count"),
            cell: (g) => g.count,
            csv: (g) => g.count,
            align: "right",
            width: 90,
            card: true,
          },
          {
            id: "last",
            header: t("unmapped.last"),
            cell: (g) => <TimeText value={g.lastAt} as="day" plain />,
            csv: (g) => g.lastAt,
            width: 120,
          },
          {
            id: "suggestion",
            header: t("unmapped.suggestion"),
            cell: (g) => g.suggestion?.applicationKey ?? classWord(g.suggestion?.environmentClass),
            csv: (g) => g.suggestion?.applicationKey ?? g.suggestion?.environmentClass,
            width: 140,
          },
          {
            id: "rule",
            header: t("unmapped.act"),
            cell: (g) =>
              manage ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => make(g)}
                  aria-label={t("unmapped.makeFor", { value: g.value })}
                >
                  {t("unmapped.make")}
                </Button>
              ) : null,
            width: 130,
            card: true,
          },
        ]}
        empty={<EmptyState icon={IconCircleCheck} title={t("unmapped.none")} body={t("unmapped.noneBody")} />}
      >
        {manage && <Replay />}
      </DataList>
      {making && <RuleForm start={making} onClose={() => setMaking(undefined)} />}
    </>
  );
}
