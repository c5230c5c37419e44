import { ActionIcon, Group, Menu, SegmentedControl, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useId, useRef, useState } from "react";
import { csv, download, fileName } from "@/lib/csv";
import { Absent } from "../Absent";
import { t } from "../text";
import { Drawing, type DrawingHandle } from "./Drawing";
import { markKinds, marksAt } from "./marks";
import { hasBars, toneColor, toneVariable } from "./option";
import type { ChartData } from "./types";

export default function ChartPanel({
  title,
  data,
  height = 260,
  onPoint,
}: {
  title: string;
  data: ChartData;
  height?: number;
  onPoint?: (index: number) => void;
}) {
  const [view, setView] = useState("chart");
  const drawing = useRef<DrawingHandle>(null);
  const heading = useId();
  const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const pointName = data.pointName ?? ((p: string) => p);
  const format = data.format ?? String;
  const kinds = markKinds(data);
  const saveCsv = () => {
    const rows = data.points.map((p, i) => [
      p,
      ...data.series.map((s) => s.values[i] ?? null),
      ...kinds.map((k) =>
        marksAt(data, p, Number.POSITIVE_INFINITY)
          .find((m) => m.kind === k.name)
          ?.labels.join(", "),
      ),
    ]);
    const names = [data.axis, ...data.series.map((s) => s.name), ...kinds.map((k) => k.name)];
    download(fileName(name, "csv"), `\uFEFF${csv(names, rows)}`, "text/csv");
  };
  const savePng = () => {
    const url = drawing.current?.png();
    if (!url) return;
    const a = document.createElement("a");
    a.href = url;
    a.download = fileName(name, "png");
    a.click();
  };
  const empty = data.series.every((s) => s.values.every((v) => v === null));
  return (
    <section aria-labelledby={heading}>
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Text id={heading} fw={600} size="sm">
          {title}
          {data.unit && (
            <Text span size="xs" c="dimmed" fw={400}>
              {" "}
              {data.unit}
            </Text>
          )}
        </Text>
        <Group gap={4} wrap="nowrap">
          <SegmentedControl
            size="xs"
            value={view}
            onChange={setView}
            data={[
              { value: "chart", label: t("chart.chart") },
              { value: "table", label: t("chart.table") },
            ]}
          />
          <Menu>
            <Menu.Target>
              <ActionIcon size="md" aria-label={t("chart.menu")}>
                <IconDownload size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={savePng} disabled={view !== "chart" || empty}>
                {t("chart.png")}
              </Menu.Item>
              <Menu.Item onClick={saveCsv}>{t("chart.csv")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      {empty ? (
        <div style={{ height, display: "grid", placeItems: "center" }}>
          <Text c="dimmed" size="sm">
            {t("chart.empty")}
          </Text>
        </div>
      ) : view === "chart" ? (
        <>
          {hasBars(data) && data.series.length > 1 && (
            <Group gap="md" mb={4} aria-hidden>
              {data.series.map((s, i) => (
                <Text key={s.name} size="xs" c="dimmed">
                  <span
                    style={{
                      display: "inline-block",
                      width: 10,
                      height: 10,
                      marginInlineEnd: 6,
                      borderRadius: 2,
                      background: `var(${toneVariable(s, i)})`,
                    }}
                  />
                  {s.name}
                </Text>
              ))}
            </Group>
          )}
          {kinds.length > 0 && (
            <Group gap="md" mb={4}>
              {kinds.map((k) => (
                <Text key={k.name} size="xs" c="dimmed">
                  <Text span fz="inherit" c={`var(${toneColor(k.tone)})`} aria-hidden>
                    {k.sign}
                  </Text>{" "}
                  {k.name} ({k.count})
                </Text>
              ))}
            </Group>
          )}
          <Drawing ref={drawing} data={data} height={height} label={title} onPoint={onPoint} />
        </>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
        <section style={{ height, overflow: "auto" }} tabIndex={0} aria-label={title}>
          <Table stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{data.axis}</Table.Th>
                {data.series.map((s) => (
                  <Table.Th key={s.name} ta="right">
                    {s.name}
                  </Table.Th>
                ))}
                {kinds.map((k) => (
                  <Table.Th key={k.name}>{k.name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.points.map((p, i) => (
                <Table.Tr key={p}>
                  <Table.Th scope="row" fw={400}>
                    {pointName(p)}
                  </Table.Th>
                  {data.series.map((s) => {
                    const v = s.values[i];
                    return (
                      <Table.Td key={s.name} ta="right">
                        {v === null || v === undefined ? <Absent /> : format(v)}
                      </Table.Td>
                    );
                  })}
                  {kinds.map((k) => {
                    const here = marksAt(data, p, Number.POSITIVE_INFINITY).find((m) => m.kind === k.name);
                    return <Table.Td key={k.name}>{here ? here.labels.join(", ") : <Absent />}</Table.Td>;
                  })}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </section>
  );
}
