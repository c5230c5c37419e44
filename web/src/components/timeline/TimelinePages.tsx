import { useEffect, useRef } from "react";
import { draw, palette } from "./draw";
import { layOut, rowAt } from "./layout";
import classes from "./Timeline.module.css";
import type { Row, Span } from "./types";

const page = { width: 1400, height: 900, header: 48, names: 240 };

/**
 * The timeline cut into pages for the printer. They are drawn when printing begins, so that they cost nothing before, and
 * drawn at once, because the printer waits for nothing.
 */
export function TimelinePages({ rows, view, now }: { rows: Row[]; view: Span; now: number }) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const prepare = () => root.current?.replaceChildren(...pictures(rows, view, now, root.current));
    const clear = () => root.current?.replaceChildren();
    window.addEventListener("beforeprint", prepare);
    window.addEventListener("afterprint", clear);
    return () => {
      window.removeEventListener("beforeprint", prepare);
      window.removeEventListener("afterprint", clear);
    };
  }, [rows, view, now]);
  return <div ref={root} className={classes.pages} aria-hidden />;
}

function pictures(rows: Row[], view: Span, now: number, root: Element): HTMLCanvasElement[] {
  const layout = layOut(rows);
  const out: HTMLCanvasElement[] = [];
  const colours = palette(root);
  for (const scroll of cuts(layout.tops, page.height - page.header)) {
    const last = rowAt(layout, scroll + page.height - page.header);
    const end = last < 0 ? layout.height : (layout.tops[last] as number);
    const height = Math.max(60, Math.min(page.height, page.header + (end > scroll ? end : layout.height) - scroll));
    const canvas = document.createElement("canvas");
    const ctx = canvas.getContext("2d");
    if (!ctx) return out;
    canvas.className = classes.page ?? "";
    canvas.width = page.width * 2;
    canvas.height = height * 2;
    ctx.setTransform(2, 0, 0, 2, 0, 0);
    draw(ctx, {
      rows,
      layout,
      view,
      names: page.names,
      width: page.width,
      header: page.header,
      height,
      scroll,
      now,
      colours,
    });
    out.push(canvas);
  }
  return out;
}

/** Where pages begin: always at the top of a row, each holding as many whole rows as fit. */
export function cuts(tops: Float64Array, room: number): number[] {
  const out: number[] = [];
  let from = 0;
  for (let i = 1; i < tops.length; i++) {
    if ((tops[i] as number) - from > room && (tops[i - 1] as number) > from) {
      out.push(from);
      from = tops[i - 1] as number;
    }
  }
  if (tops.length > 1) out.push(from);
  return out;
}
