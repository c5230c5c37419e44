import type { Frame } from "./draw";
import { fit } from "./fit";
import { lane } from "./layout";
import type { Bar } from "./types";

/** Narrower than this a hatch cannot be told from a solid red, so a mark says the clash instead. */
export const narrow = 12;
const mark = { width: 10, height: 9 };

/** Draws a bar. Where it is too narrow for its hatch the middle comes back, for the mark that says it clashes. */
export function drawBar(
  ctx: CanvasRenderingContext2D,
  f: Frame,
  bar: Bar,
  top: number,
  x: (at: number) => number,
): number | undefined {
  const left = Math.max(x(bar.from), f.names - 8);
  const right = Math.min(x(bar.to), f.width + 8);
  const width = Math.max(2, right - left - 1);
  const c = f.colours[bar.tone];
  const marked = bar.clash && width < narrow ? left + width / 2 : undefined;
  if (width < 5) {
    ctx.globalAlpha = bar.clash ? 0.5 : 1;
    ctx.fillStyle = c.solid;
    ctx.fillRect(left, top, width, lane.height);
    ctx.globalAlpha = 1;
    return marked;
  }
  const hatched = bar.clash && marked === undefined;
  outline(ctx, left, top, width);
  ctx.fillStyle = c.wash;
  ctx.fill();
  if (hatched) {
    hatch(ctx, left, top, width, f.colours.bad.solid);
    outline(ctx, left, top, width);
  }
  ctx.strokeStyle = hatched ? f.colours.bad.solid : c.solid;
  ctx.setLineDash(bar.tentative ? [4, 3] : []);
  ctx.stroke();
  ctx.setLineDash([]);
  if (bar.stripe) {
    ctx.fillStyle = bar.stripe;
    ctx.fillRect(left + 2, top + 3, 3, lane.height - 6);
  }
  const from = Math.max(left, f.names) + (bar.stripe ? 9 : 6);
  if (right - from < 24) return marked;
  ctx.font = `500 12px ${f.colours.font}`;
  const label = readable(fit(ctx, bar.label, right - from - 6));
  if (hatched && label) {
    // Words are not read through a hatch.
    ctx.fillStyle = c.wash;
    ctx.fillRect(from - 3, top + 3, Math.min(ctx.measureText(label).width + 6, right - from), lane.height - 6);
  }
  ctx.fillStyle = c.text;
  ctx.fillText(label, from, top + lane.height / 2 + 0.5);
  return marked;
}

/** A few letters before an ellipsis name nothing and only fill the page. */
const readable = (cut: string) => (cut.endsWith("…") && cut.length < 8 ? "" : cut);

/** The middle of a mark, and the top of its lane. */
export type Mark = { x: number; top: number };

/** Of marks that would lie on each other in a lane only the first is drawn, so that many stay as readable as one. */
export function apart(marks: Mark[]): Mark[] {
  const last = new Map<number, number>();
  return [...marks]
    .sort((a, b) => a.x - b.x)
    .filter((m) => {
      const before = last.get(m.top);
      if (before !== undefined && m.x - before < mark.width + 1) return false;
      last.set(m.top, m.x);
      return true;
    });
}

/** A small warning triangle: its shape says the clash, not its colour. */
export function drawMark(ctx: CanvasRenderingContext2D, f: Frame, { x, top }: Mark) {
  const y = top + (lane.height - mark.height) / 2;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + mark.width / 2, y + mark.height);
  ctx.lineTo(x - mark.width / 2, y + mark.height);
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.lineWidth = 3;
  ctx.strokeStyle = f.colours.surface;
  ctx.stroke();
  ctx.lineWidth = 1;
  ctx.fillStyle = f.colours.bad.solid;
  ctx.fill();
}

function outline(ctx: CanvasRenderingContext2D, left: number, top: number, width: number) {
  ctx.beginPath();
  ctx.roundRect(left + 0.5, top + 0.5, width - 1, lane.height - 1, 4);
}

function hatch(ctx: CanvasRenderingContext2D, left: number, top: number, width: number, colour: string) {
  ctx.save();
  outline(ctx, left, top, width);
  ctx.clip();
  ctx.globalAlpha = 0.35;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.beginPath();
  for (let i = -lane.height; i < width; i += 8) {
    ctx.moveTo(left + i, top + lane.height);
    ctx.lineTo(left + i + lane.height, top);
  }
  ctx.stroke();
  ctx.restore();
}
