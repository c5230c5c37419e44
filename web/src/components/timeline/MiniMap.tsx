import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";
import { t } from "../text";
import { palette } from "./draw";
import { shift } from "./scale";
import { spanText } from "./Timeline";
import classes from "./Timeline.module.css";
import type { Row, Span } from "./types";
import { useSize } from "./useSurface";

/** How much lies where over a long range, and which part of it the timeline shows. Drag or arrow keys move that part. */
export function MiniMap(props: { rows: Row[]; range: Span; view: Span; onView: (view: Span) => void }) {
  const { rows, range, view, onView } = props;
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(root);
  const grip = useRef<number | undefined>(undefined);
  const perPixel = (range.to - range.from) / Math.max(1, size.width);

  useEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext("2d");
    if (!element || !ctx || size.width === 0) return;
    const colours = palette(element);
    const { all, clashes } = load(rows, range, Math.ceil(size.width / 3));
    const most = Math.max(1, ...all);
    element.width = size.width;
    element.height = size.height;
    all.forEach((n, i) => {
      const height = Math.round((n / most) * (size.height - 6));
      ctx.fillStyle = colours.idle.solid;
      ctx.fillRect(i * 3, size.height - height, 2, height);
      // Clashes lie along the upper edge, so that their place says them and not their colour alone.
      ctx.fillStyle = colours.bad.solid;
      if (clashes[i]) ctx.fillRect(i * 3, 0, 3, 4);
    });
  }, [rows, range, size]);

  function centre(event: PointerEvent) {
    const box = (root.current as HTMLDivElement).getBoundingClientRect();
    const at = range.from + (event.clientX - box.left) * perPixel;
    onView(shift(view, at - (view.from + view.to) / 2));
  }
  function key(event: KeyboardEvent) {
    const by = event.key === "ArrowRight" ? 0.5 : event.key === "ArrowLeft" ? -0.5 : 0;
    if (!by) return;
    event.preventDefault();
    onView(shift(view, by * (view.to - view.from)));
  }

  return (
    <div
      ref={root}
      className={classes.map}
      role="slider"
      tabIndex={0}
      aria-label={t("timeline.map")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(Math.min(1, Math.max(0, (view.from - range.from) / (range.to - range.from))) * 100)}
      aria-valuetext={spanText(view)}
      onKeyDown={key}
      onPointerDown={(event) => {
        grip.current = event.pointerId;
        root.current?.setPointerCapture(event.pointerId);
        centre(event);
      }}
      onPointerMove={(event) => grip.current === event.pointerId && centre(event)}
      onPointerUp={() => {
        grip.current = undefined;
      }}
    >
      <canvas ref={canvas} style={{ width: "100%", height: "100%", display: "block" }} />
      <div
        className={classes.window}
        style={{ left: (view.from - range.from) / perPixel, width: (view.to - view.from) / perPixel }}
      />
    </div>
  );
}

/** How many bars touch each of n equal parts of a range, and how many of them clash. */
export function load(rows: Row[], range: Span, n: number): { all: Float64Array; clashes: Float64Array } {
  const all = new Float64Array(n);
  const clashes = new Float64Array(n);
  const part = (range.to - range.from) / n;
  for (const row of rows) {
    for (const bar of row.bars) {
      const first = Math.max(0, Math.floor((bar.from - range.from) / part));
      const last = Math.min(n - 1, Math.ceil((bar.to - range.from) / part) - 1);
      for (let i = first; i <= last; i++) {
        all[i] = (all[i] as number) + 1;
        if (bar.clash) clashes[i] = (clashes[i] as number) + 1;
      }
    }
  }
  return { all, clashes };
}
