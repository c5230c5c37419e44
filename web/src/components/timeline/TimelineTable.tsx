import { Anchor, Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { StatusBadge } from "../StatusBadge";
import { TimeText } from "../Time";
import { t } from "../text";
import type { Bar, Row, Span } from "./types";

/** What the timeline shows, as a table: for screen readers, for copying, and as the agenda of a narrow screen. */
export function TimelineTable(props: {
  caption: string;
  rows: Row[];
  view: Span;
  status: (bar: Bar) => string;
  onOpen?: (bar: Bar, row: Row) => void;
}) {
  const [shown, setShown] = useState(200);
  const lines = props.rows.flatMap((row) =>
    row.bars.filter((b) => b.to > props.view.from && b.from < props.view.to).map((bar) => ({ row, bar })),
  );
  return (
    <>
      <Table.ScrollContainer minWidth={560}>
        <Table captionSide="top">
          <Table.Caption>{`${props.caption} · ${t("timeline.count", { count: lines.length })}`}</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              {(["row", "what", "status", "from", "to"] as const).map((c) => (
                <Table.Th key={c} scope="col">
                  {t(`timeline.${c}`)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.slice(0, shown).map(({ row, bar }) => (
              <Table.Tr key={`${row.id}/${bar.id}`}>
                <Table.Th scope="row" fw={500}>
                  {row.label}
                </Table.Th>
                <Table.Td>
                  {props.onOpen ? (
                    <Anchor component="button" type="button" fz="sm" ta="left" onClick={() => props.onOpen?.(bar, row)}>
                      {bar.label}
                    </Anchor>
                  ) : (
                    bar.label
                  )}
                </Table.Td>
                <Table.Td>
                  <StatusBadge tone={bar.clash ? "bad" : bar.tone}>{props.status(bar)}</StatusBadge>
                </Table.Td>
                <Table.Td>
                  <TimeText value={new Date(bar.from)} plain />
                </Table.Td>
                <Table.Td>
                  <TimeText value={new Date(bar.to)} plain />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {lines.length === 0 && <Text c="dimmed">{t("timeline.none")}</Text>}
      {lines.length > shown && (
        <Button variant="default" mt="sm" onClick={() => setShown(shown + 500)}>
          {t("timeline.more", { count: lines.length - shown })}
        </Button>
      )}
    </>
  );
}
