import { useEffect, useRef, useState } from "react";
import { draw, palette } from "./draw";
import { layOut, rowAt } from "./layout";
import classes from "./Timeline.module.css";
import type { Row, Span } from "./types";

const page = { width: 1400, height: 900, header: 48, names: 240 };

/** The timeline cut into pages for the printer; drawn when printing begins, so that it costs nothing before. */
export function TimelinePages({ rows, view, now, title }: { rows: Row[]; view: Span; now: number; title: string }) {
  const root = useRef<HTMLDivElement>(null);
  const [pages, setPages] = useState<string[]>([]);
  useEffect(() => {
    const prepare = () => root.current && setPages(pictures(rows, view, now, root.current));
    const clear = () => setPages([]);
    window.addEventListener("beforeprint", prepare);
    window.addEventListener("afterprint", clear);
    return () => {
      window.removeEventListener("beforeprint", prepare);
      window.removeEventListener("afterprint", clear);
    };
  }, [rows, view, now]);
  return (
    <div ref={root} className={classes.pages} aria-hidden>
      {pages.map((src, i) => (
        <img key={i} src={src} className={classes.page} alt={`${title} ${i + 1}`} />
      ))}
    </div>
  );
}

function pictures(rows: Row[], view: Span, now: number, root: Element): string[] {
  const layout = layOut(rows);
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  if (!ctx) return [];
  const out: string[] = [];
  const colours = palette(root);
  for (const scroll of cuts(layout.tops, page.height - page.header)) {
    const last = rowAt(layout, scroll + page.height - page.header);
    const end = last < 0 ? layout.height : (layout.tops[last] as number);
    const height = Math.max(60, Math.min(page.height, page.header + (end > scroll ? end : layout.height) - scroll));
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
    out.push(canvas.toDataURL("image/png"));
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
