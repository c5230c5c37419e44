import type { Tone } from "../StatusBadge";

/** A stretch of time in milliseconds since 1970, its end not included. */
export type Span = { from: number; to: number };

/** One thing on a row. The page gives it its meaning; the timeline only places it. */
export type Bar = Span & {
  id: string;
  label: string;
  tone: Tone;
  /** Drawn with a dashed outline: asked for and not yet decided. */
  tentative?: boolean;
  /** Hatched: it clashes with another bar. */
  clash?: boolean;
  /** A stripe of this colour at its beginning, for what a tone must not say (a project, a unit). */
  stripe?: string;
  /** Whether the reader may move it in time. */
  movable?: boolean;
};

/** A shaded part of a row, as a freeze or an outage. */
export type Shade = Span & { label: string; tone: Tone };

export type Row = {
  id: string;
  label: string;
  detail?: string;
  /** The row is a heading of those below it and holds no bars of its own. */
  heading?: boolean;
  bars: Bar[];
  shades?: Shade[];
};

/** Where something is about to be put. */
export type Ghost = Span & { rowId: string; label?: string };

export type Change = { bar: Bar; row: Row; target: Row; span: Span; kind: "move" | "resize" };
