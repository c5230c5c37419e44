const widths = new Map<string, string>();

/** Shortens a text to a width with an ellipsis. Remembered, because measuring is what costs. */
export function fit(ctx: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${ctx.font}|${Math.floor(width)}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  let out = text;
  if (ctx.measureText(text).width > width) {
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (ctx.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
      else high = middle - 1;
    }
    out = low === 0 ? "" : `${text.slice(0, low)}…`;
  }
  if (widths.size > 20_000) widths.clear();
  widths.set(key, out);
  return out;
}
