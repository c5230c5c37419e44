import type { Tone } from "../StatusBadge";
import { apart, drawBar, drawMark, type Mark } from "./drawBar";
import { fit } from "./fit";
import { type Layout, laneTop, rowAt } from "./layout";
import { type Tick, ticks } from "./scale";
import type { Bar, Row, Span } from "./types";

// Drawing is a function of what is given, so that the screen, the mini-map and the printed pages share it.

export type Palette = Record<Tone, { solid: string; wash: string; text: string }> & {
  surface: string;
  sunken: string;
  line: string;
  strong: string;
  text: string;
  dimmed: string;
  accent: string;
  font: string;
};

const tones: Tone[] = ["good", "active", "attention", "bad", "idle", "frozen"];

/** The colours of the theme as the element sees them now. */
export function palette(element: Element): Palette {
  const style = getComputedStyle(element);
  const value = (name: string) => style.getPropertyValue(name).trim();
  const all = Object.fromEntries(
    tones.map((tone) => [
      tone,
      {
        solid: value(`--status-${tone}-solid`),
        wash: value(`--status-${tone}-wash`),
        text: value(`--status-${tone}`),
      },
    ]),
  ) as Record<Tone, { solid: string; wash: string; text: string }>;
  return {
    ...all,
    surface: value("--app-surface"),
    sunken: value("--app-sunken"),
    line: value("--app-line"),
    strong: value("--app-line-strong"),
    text: value("--mantine-color-text"),
    dimmed: value("--mantine-color-dimmed"),
    accent: value("--app-accent"),
    font: style.fontFamily,
  };
}

export type Frame = {
  rows: Row[];
  layout: Layout;
  view: Span;
  /** The width of the column of names and of the time beside it, in CSS pixels. */
  names: number;
  width: number;
  header: number;
  height: number;
  scroll: number;
  now: number;
  colours: Palette;
};

export function draw(ctx: CanvasRenderingContext2D, f: Frame) {
  const time = f.width - f.names;
  const x = (at: number) => f.names + ((at - f.view.from) / (f.view.to - f.view.from)) * time;
  const scale = ticks(f.view, time);
  ctx.fillStyle = f.colours.surface;
  ctx.fillRect(0, 0, f.width, f.height);
  ctx.textBaseline = "middle";

  ctx.save();
  ctx.beginPath();
  ctx.rect(0, f.header, f.width, f.height - f.header);
  ctx.clip();
  drawGrid(ctx, f, scale.minor, x);
  drawRows(ctx, f, x);
  ctx.restore();
  drawNow(ctx, f, x);
  drawHeader(ctx, f, scale, x);
}

function drawGrid(ctx: CanvasRenderingContext2D, f: Frame, minor: Tick[], x: (at: number) => number) {
  for (const t of minor) {
    const at = Math.round(x(t.at)) + 0.5;
    if (at < f.names) continue;
    ctx.strokeStyle = t.strong ? f.colours.strong : f.colours.line;
    ctx.beginPath();
    ctx.moveTo(at, f.header);
    ctx.lineTo(at, f.height);
    ctx.stroke();
  }
}

function drawRows(ctx: CanvasRenderingContext2D, f: Frame, x: (at: number) => number) {
  const body = f.height - f.header;
  let first = rowAt(f.layout, Math.max(0, f.scroll));
  if (first < 0) first = 0;
  for (let i = first; i < f.rows.length; i++) {
    const top = (f.layout.tops[i] as number) - f.scroll;
    if (top > body) break;
    const bottom = (f.layout.tops[i + 1] as number) - f.scroll;
    drawRow(ctx, f, i, f.header + top, f.header + bottom, x);
  }
}

function drawRow(
  ctx: CanvasRenderingContext2D,
  f: Frame,
  index: number,
  top: number,
  bottom: number,
  x: (at: number) => number,
) {
  const row = f.rows[index] as Row;
  ctx.save();
  ctx.beginPath();
  ctx.rect(f.names, top, f.width - f.names, bottom - top);
  ctx.clip();
  if (row.heading) {
    ctx.fillStyle = f.colours.sunken;
    ctx.fillRect(f.names, top, f.width - f.names, bottom - top);
  }
  for (const s of row.shades ?? []) {
    if (s.to <= f.view.from || s.from >= f.view.to) continue;
    const from = Math.max(f.names, x(s.from));
    const width = Math.max(1, Math.min(f.width, x(s.to)) - from);
    ctx.fillStyle = f.colours[s.tone].wash;
    ctx.fillRect(from, top, width, bottom - top);
    drawFoot(ctx, f, s.tone, from, bottom, width);
  }
  const lanes = f.layout.lanes[index] as Uint16Array;
  const marked: Mark[] = [];
  for (let i = 0; i < row.bars.length; i++) {
    const bar = row.bars[i] as Bar;
    if (bar.to <= f.view.from || bar.from >= f.view.to) continue;
    const at = top + laneTop(lanes[i] as number);
    const middle = drawBar(ctx, f, bar, at, x);
    if (middle !== undefined) marked.push({ x: middle, top: at });
  }
  for (const m of apart(marked)) drawMark(ctx, f, m);
  ctx.restore();
  ctx.strokeStyle = f.colours.line;
  ctx.beginPath();
  ctx.moveTo(0, Math.round(bottom) - 0.5);
  ctx.lineTo(f.width, Math.round(bottom) - 0.5);
  ctx.stroke();
  drawName(ctx, f, row, top, bottom);
}

// What a shade is can be told from its foot without its colour; the legend shows the same lines.
const feet: Partial<Record<Tone, { dash: number[]; width: number }>> = {
  frozen: { dash: [], width: 3 },
  bad: { dash: [8, 4], width: 3 },
  attention: { dash: [2, 3], width: 3 },
};

function drawFoot(ctx: CanvasRenderingContext2D, f: Frame, tone: Tone, from: number, bottom: number, width: number) {
  const foot = feet[tone] ?? { dash: [], width: 1 };
  ctx.strokeStyle = f.colours[tone].solid;
  ctx.lineWidth = foot.width;
  ctx.setLineDash(foot.dash);
  ctx.beginPath();
  ctx.moveTo(from, bottom - 1 - foot.width / 2);
  ctx.lineTo(from + width, bottom - 1 - foot.width / 2);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.lineWidth = 1;
}

function drawName(ctx: CanvasRenderingContext2D, f: Frame, row: Row, top: number, bottom: number) {
  ctx.fillStyle = row.heading ? f.colours.sunken : f.colours.surface;
  ctx.fillRect(0, top, f.names, bottom - top - 1);
  ctx.strokeStyle = f.colours.strong;
  ctx.beginPath();
  ctx.moveTo(f.names - 0.5, top);
  ctx.lineTo(f.names - 0.5, bottom);
  ctx.stroke();
  ctx.fillStyle = f.colours.text;
  ctx.font = `${row.heading ? 600 : 500} 13px ${f.colours.font}`;
  const tall = bottom - top >= 44 && row.detail;
  const middle = tall ? top + 15 : top + Math.min(bottom - top, 32) / 2;
  const name = fit(ctx, row.label, f.names - 24);
  ctx.fillText(name, 12, middle);
  if (!row.detail) return;
  const after = 12 + ctx.measureText(name).width + 8;
  ctx.fillStyle = f.colours.dimmed;
  ctx.font = `12px ${f.colours.font}`;
  if (tall) ctx.fillText(fit(ctx, row.detail, f.names - 24), 12, top + 32);
  else if (f.names - after > 40) ctx.fillText(fit(ctx, row.detail, f.names - after - 12), after, middle);
}

function drawHeader(
  ctx: CanvasRenderingContext2D,
  f: Frame,
  scale: { major: Tick[]; minor: Tick[] },
  x: (at: number) => number,
) {
  ctx.fillStyle = f.colours.sunken;
  ctx.fillRect(0, 0, f.width, f.header);
  ctx.save();
  ctx.beginPath();
  ctx.rect(f.names, 0, f.width - f.names, f.header);
  ctx.clip();
  ctx.font = `12px ${f.colours.font}`;
  ctx.fillStyle = f.colours.dimmed;
  // A label that the column of names would cut is left out.
  for (const t of scale.minor) if (x(t.at) + 5 >= f.names) ctx.fillText(t.label, x(t.at) + 5, (f.header * 3) / 4);
  ctx.font = `600 12px ${f.colours.font}`;
  ctx.fillStyle = f.colours.text;
  scale.major.forEach((t, i) => {
    const end = scale.major[i + 1] ? x((scale.major[i + 1] as Tick).at) : f.width;
    const from = Math.max(f.names, x(t.at)) + 5;
    if (end - from > 30) ctx.fillText(fit(ctx, t.label, end - from - 6), from, f.header / 4);
  });
  ctx.restore();
  ctx.strokeStyle = f.colours.strong;
  ctx.beginPath();
  ctx.moveTo(0, f.header - 0.5);
  ctx.lineTo(f.width, f.header - 0.5);
  ctx.stroke();
}

function drawNow(ctx: CanvasRenderingContext2D, f: Frame, x: (at: number) => number) {
  if (f.now < f.view.from || f.now >= f.view.to) return;
  const at = Math.round(x(f.now)) + 0.5;
  ctx.strokeStyle = f.colours.accent;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(at, f.header);
  ctx.lineTo(at, f.height);
  ctx.stroke();
  ctx.lineWidth = 1;
}
