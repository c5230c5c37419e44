import type { ChartData, ChartMark, ChartSeries } from "./types";

const signs = ["▲", "◆", "■"];

export interface MarkKind {
  name: string;
  sign: string;
  tone: NonNullable<ChartSeries["tone"]>;
  count: number;
}

/** The kinds of marks a chart has, each with its sign; only marks that fall on a point count. */
export function markKinds(data: ChartData): MarkKind[] {
  const kinds = new Map<string, MarkKind>();
  for (const m of drawn(data)) {
    const kind = kinds.get(m.kind);
    if (kind) kind.count++;
    else
      kinds.set(m.kind, {
        name: m.kind,
        sign: signs[kinds.size % signs.length] ?? "▲",
        tone: m.tone ?? "bad",
        count: 1,
      });
  }
  return [...kinds.values()];
}

/** What happened at a point, by kind: the first few by name, the rest by their number. */
export function marksAt(data: ChartData, point: string, most = 4): { kind: string; labels: string[]; more: number }[] {
  return markKinds(data).flatMap((k) => {
    const labels = (data.marks ?? []).filter((m) => m.at === point && m.kind === k.name).map((m) => m.label);
    return labels.length
      ? [{ kind: k.name, labels: labels.slice(0, most), more: Math.max(0, labels.length - most) }]
      : [];
  });
}

/**
 * The marks as lines of the first series: one line for each point, with a sign and a number above. Many lines would
 * hide the chart, so beyond a few only the signs remain, and beyond many only their first.
 */
export function markLines(data: ChartData, color: (name: string) => string, tone: (name: MarkKind["tone"]) => string) {
  const kinds = markKinds(data);
  const points = data.points.filter((p) => drawn(data).some((m) => m.at === p));
  const few = points.length <= 6;
  const crowded = points.length > 20;
  return {
    silent: true,
    symbol: "none",
    // A colour, not an opacity: the label would take over the opacity.
    lineStyle: { color: few ? color("--app-line-strong") : "transparent", type: "dashed", width: 1 },
    label: {
      position: "end",
      // Above the highest name of the axis beside it.
      distance: 9,
      formatter: (m: { name: string }) =>
        kinds
          .flatMap((k, i) => {
            const n = (data.marks ?? []).filter((x) => x.at === m.name && x.kind === k.name).length;
            return n === 0 ? [] : [`{k${i}|${k.sign}${n > 1 && !crowded ? ` ${n}` : ""}}`];
          })
          .join(""),
      rich: Object.fromEntries(
        kinds.map((k, i) => [`k${i}`, { color: color(tone(k.tone)), fontSize: crowded ? 8 : 11, fontWeight: 600 }]),
      ),
    },
    data: points.map((p) => ({ name: p, xAxis: data.points.indexOf(p) })),
  };
}

function drawn(data: ChartData): ChartMark[] {
  return (data.marks ?? []).filter((m) => data.points.includes(m.at));
}
