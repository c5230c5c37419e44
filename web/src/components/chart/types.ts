/** A table that a chart draws: one row for each point on the horizontal axis. */
export interface ChartData {
  /** Name of the horizontal axis in the table: "Week". */
  axis: string;
  /** The points: an RFC 3339 time or a plain name. */
  points: string[];
  series: ChartSeries[];
  /** What happened meanwhile; it stands above the point it falls into, explained by a legend of its kinds. */
  marks?: ChartMark[];
  /** What the vertical axis counts. */
  unit?: string;
  /** What the values are, for steps of the axis that people count in. */
  scale?: "plain" | "duration";
  /** How a value reads, in the table, at the axis and on a point. */
  format?: (value: number) => string;
  /** How a point reads. */
  pointName?: (point: string) => string;
}

export interface ChartMark {
  /** The point it belongs to. */
  at: string;
  /** Which one it is: "INC-27 Queue grows without end". */
  label: string;
  /** What all of its kind are called: "Incidents". */
  kind: string;
  tone?: ChartSeries["tone"];
}

export interface ChartSeries {
  name: string;
  /** null where there is nothing to draw; a gap, never a zero. */
  values: (number | null)[];
  kind?: "line" | "bar";
  /** A band around the line: low and high for each point. */
  band?: ([number, number] | null)[];
  tone?: "accent" | "good" | "active" | "attention" | "bad" | "idle" | "frozen";
}
