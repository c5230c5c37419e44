import { VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { localTime } from "@/lib/time";
import { t } from "../text";
import { begin, change, type Drag, ghost as ghostOf, moved } from "./drag";
import { firstBar, type Hit, hit, lane as laneSize, laneTop, layOut, neighbour, type Place, type Step } from "./layout";
import { day, shift, snap, stepOf, zoom } from "./scale";
import classes from "./Timeline.module.css";
import type { Bar, Change, Ghost, Row, Span } from "./types";
import { useGestures } from "./useGestures";
import { useSize, useSurface } from "./useSurface";

const header = 48;

export type TimelineProps = {
  /** What the timeline is of, for those who cannot see it. */
  label: string;
  rows: Row[];
  /** The stretch of time that is shown. The page keeps it, in its address. */
  view: Span;
  onView: (view: Span) => void;
  now: number;
  /** Shown where something is about to be put, while a dialog asks about it. */
  pending?: Ghost;
  onOpen?: (bar: Bar, row: Row) => void;
  onOpenRow?: (row: Row) => void;
  /** Without it nothing can be drawn onto a row. */
  onCreate?: (row: Row, span: Span) => void;
  onChange?: (change: Change) => void;
  /** What is read out and shown on hover. */
  describe?: (bar: Bar, row: Row) => string;
  /** Called when the last rows come into sight. */
  onEnd?: () => void;
};

/**
 * Rows of bars over time, on one canvas: thousands of rows scroll at the speed of the screen. Drag draws, moves and resizes;
 * every drag has a key. Screen readers hear the bar that has the focus; the same data stands in TimelineTable.
 */
export function Timeline(props: TimelineProps) {
  const { view, onView, now, pending, onOpen, onOpenRow, onCreate, onChange, describe, onEnd } = props;
  const root = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(root);
  const [held, setHeld] = useState<Ghost>();
  // Nothing moves under a drag: rows that change meanwhile are shown when it ends.
  const still = useRef(props.rows);
  if (!held) still.current = props.rows;
  const rows = still.current;
  const layout = useMemo(() => layOut(rows), [rows]);
  const names = size.width < 640 ? 120 : 240;
  const width = Math.max(1, size.width - names);
  const step = stepOf(view, width);
  const perPixel = (view.to - view.from) / width;
  const live = useId();

  // The focus is kept by name, so that it stays on its bar when rows come and go around it.
  const [focusOn, setFocusOn] = useState<{ row: string; bar: string }>();
  const focus = useMemo(() => placeOf(rows, focusOn), [rows, focusOn]);
  const setFocus = (place: Place) => {
    const row = rows[place.row];
    const bar = row?.bars[place.bar];
    if (row && bar) setFocusOn({ row: row.id, bar: bar.id });
  };
  const overlay = useRef<HTMLDivElement>(null);
  const [pointer, setPointer] = useState<{ x: number; y: number; hit?: Hit }>();
  const drag = useRef<Drag | undefined>(undefined);
  const grip = useRef({ x: 0, y: 0 });
  const pan = useRef<{ x: number; view: Span } | undefined>(undefined);
  const keyed = useRef<Drag | undefined>(undefined);

  const paint = useSurface(canvas, (colours) => ({
    rows,
    layout,
    view,
    names,
    width: size.width,
    header,
    height: size.height,
    scroll: scroller.current?.scrollTop ?? 0,
    now,
    colours,
  }));
  // What lies over the canvas follows the scroll without going through React.
  const follow = () => {
    if (overlay.current) overlay.current.style.transform = `translateY(${-(scroller.current?.scrollTop ?? 0)}px)`;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is drawn is drawn again when it changes.
  useEffect(paint, [paint, rows, layout, view, size, names, now]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: fewer rows may scroll by themselves.
  useEffect(follow, [layout, size]);

  const xOf = (at: number) => names + (at - view.from) / perPixel;
  const at = (event: { clientX: number; clientY: number }) => {
    const box = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const moment = view.from + (x - names) * perPixel;
    const inBody = y - header + (scroller.current?.scrollTop ?? 0);
    return { x, y, moment, inBody, onTime: x >= names && y >= header };
  };
  const gestures = useGestures(scroller, view, onView, {
    perPixel,
    at: (clientX) => at({ clientX, clientY: 0 }).moment,
  });

  function onScroll() {
    const element = scroller.current as HTMLDivElement;
    paint();
    follow();
    if (pointer) setPointer(undefined);
    if (onEnd && element.scrollTop + element.clientHeight * 2 > layout.height) onEnd();
  }

  function down(event: PointerEvent) {
    if (event.button !== 0) return;
    const p = at(event);
    scroller.current?.focus({ preventScroll: true });
    if (event.pointerType === "touch") gestures.down(event);
    if (p.y < header && event.pointerType !== "touch") {
      pan.current = { x: event.clientX, view };
      scroller.current?.setPointerCapture(event.pointerId);
      return;
    }
    const h = hit(rows, layout, p.inBody, p.moment, perPixel);
    if (!h || !p.onTime) return;
    if (h.bar >= 0) setFocus({ row: h.row, bar: h.bar });
    // A finger scrolls; it opens bars and does not draw.
    if (event.pointerType === "touch") return;
    grip.current = { x: event.clientX, y: event.clientY };
    drag.current = begin(rows, h, p.moment, { create: Boolean(onCreate) });
    if (drag.current) scroller.current?.setPointerCapture(event.pointerId);
  }

  function move(event: PointerEvent) {
    if (event.pointerType === "touch" && gestures.move(event)) return;
    if (pan.current) {
      onView(shift(pan.current.view, (pan.current.x - event.clientX) * perPixel));
      return;
    }
    const p = at(event);
    const h = p.onTime ? hit(rows, layout, p.inBody, p.moment, perPixel) : undefined;
    if (drag.current) {
      const travelled = Math.hypot(event.clientX - grip.current.x, event.clientY - grip.current.y);
      scrollAtEdge(p.y);
      if (held || travelled > 4) setHeld(ghostOf(rows, drag.current, h?.row ?? drag.current.hit.row, p.moment, step));
    }
    setPointer({ x: p.x, y: p.y, hit: h });
  }

  function up(event: PointerEvent) {
    if (event.pointerType === "touch" && gestures.up(event)) return;
    const d = drag.current;
    const g = held;
    const panned = pan.current;
    drag.current = undefined;
    pan.current = undefined;
    setHeld(undefined);
    if (panned) return;
    if (d && g) {
      finish(d, g);
      return;
    }
    const p = at(event);
    const h = hit(rows, layout, p.inBody, p.moment, perPixel);
    const row = h && rows[h.row];
    if (!row || p.y < header) return;
    const bar = row.bars[h.bar];
    if (!p.onTime) onOpenRow?.(row);
    else if (bar) onOpen?.(bar, row);
  }

  // A drag near the upper or lower edge brings rows into sight.
  function scrollAtEdge(y: number) {
    const by = y < header + 24 ? -12 : y > size.height - 24 ? 12 : 0;
    if (by && held) scroller.current?.scrollBy({ top: by });
  }

  function finish(d: Drag, g: Ghost) {
    if (d.kind === "create") {
      const row = rows.find((r) => r.id === g.rowId);
      if (row) onCreate?.(row, { from: g.from, to: g.to });
      return;
    }
    const c = change(rows, d, g);
    if (c) onChange?.(c);
  }

  function reveal(place: Place) {
    const element = scroller.current;
    const bar = rows[place.row]?.bars[place.bar];
    if (!element || !bar) return;
    const top = (layout.tops[place.row] as number) + laneTop(layout.lanes[place.row]?.[place.bar] ?? 0);
    const room = element.clientHeight - header;
    if (top < element.scrollTop) element.scrollTop = top - 8;
    else if (top + laneSize.height > element.scrollTop + room) element.scrollTop = top + laneSize.height + 8 - room;
    if (bar.to <= view.from || bar.from >= view.to) {
      onView(shift(view, bar.from - view.from - (view.to - view.from) / 4));
    }
  }

  function key(event: KeyboardEvent) {
    const place = focus ?? firstBar(rows, view);
    const steps: Record<string, Step> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
    const direction = steps[event.key];
    if (direction && event.shiftKey && place && (direction === "left" || direction === "right")) {
      event.preventDefault();
      nudge(place, direction === "right" ? step : -step, event.altKey ? "to" : "move");
      return;
    }
    if (direction && place) {
      event.preventDefault();
      const next = focus ? neighbour(rows, focus, direction) : place;
      setFocus(next);
      reveal(next);
      return;
    }
    const middle = (view.from + view.to) / 2;
    const acts: Record<string, () => void> = {
      "+": () => onView(zoom(view, 0.7, middle)),
      "=": () => onView(zoom(view, 0.7, middle)),
      "-": () => onView(zoom(view, 1 / 0.7, middle)),
      t: () => onView(shift(view, now - middle)),
      Enter: () => {
        if (keyed.current && held) {
          const d = keyed.current;
          keyed.current = undefined;
          setHeld(undefined);
          finish(d, held);
        } else if (focus) {
          const row = rows[focus.row];
          const bar = row?.bars[focus.bar];
          if (row && bar) onOpen?.(bar, row);
        }
      },
      n: () => {
        const row = rows[focus?.row ?? rows.findIndex((r) => !r.heading)];
        const from = snap(Math.max(now, view.from) + step / 2, step);
        if (row) onCreate?.(row, { from, to: from + Math.max(step, Math.min(day, (view.to - view.from) / 8)) });
      },
      Escape: () => {
        keyed.current = undefined;
        drag.current = undefined;
        setHeld(undefined);
      },
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (!act || (event.key === "n" && !onCreate) || (event.key === "Escape" && !held)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  function nudge(place: Place, by: number, kind: "move" | "to") {
    const row = rows[place.row];
    const bar = row?.bars[place.bar];
    if (!row || !bar?.movable || !onChange) return;
    setFocus(place);
    const same = keyed.current?.kind === kind && held;
    keyed.current = { hit: { ...place }, start: 0, kind };
    const from: Span = same ? held : bar;
    setHeld({ rowId: row.id, label: bar.label, ...moved(from, kind, by, step) });
  }

  const focused = focus && rows[focus.row]?.bars[focus.bar];
  const focusedRow = focus && rows[focus.row];
  const box = (span: Span, top: number, height: number) => ({
    left: xOf(span.from) - names,
    width: Math.max(4, (span.to - span.from) / perPixel),
    top,
    height,
  });
  const top = (row: number, lane: number) => (layout.tops[row] as number) + laneTop(lane);
  // Below the bar that is held, above it where there is no room.
  const labelTop = (row: number) => (row + laneSize.height + 80 > size.height ? row - 60 : row + laneSize.height + 12);
  const shown = held ?? pending;
  const shownRow = shown ? rows.findIndex((r) => r.id === shown.rowId) : -1;
  const over = pointer?.hit && rows[pointer.hit.row]?.bars[pointer.hit.bar];
  const shade =
    pointer?.hit && !over ? shadeAt(rows[pointer.hit.row], view.from + (pointer.x - names) * perPixel) : undefined;
  const hint =
    over && pointer?.hit ? textOf(over, rows[pointer.hit.row] as Row) : shade && `${shade.label}\n${spanText(shade)}`;
  function textOf(bar: Bar, row: Row) {
    return describe?.(bar, row) ?? `${bar.label}\n${spanText(bar)}`;
  }
  const cursor = held ? "grabbing" : over?.movable && pointer?.hit?.edge ? "ew-resize" : over ? "pointer" : "default";

  return (
    <div className={classes.root} ref={root}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="application"
        aria-label={props.label}
        aria-describedby={live}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the timeline is one control with its own keys.
        tabIndex={0}
        style={{ cursor }}
        onScroll={onScroll}
        onKeyDown={key}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={(event) => {
          gestures.up(event);
          drag.current = undefined;
          pan.current = undefined;
          setHeld(undefined);
        }}
        onPointerLeave={() => setPointer(undefined)}
      >
        <div className={classes.sticky}>
          <canvas ref={canvas} className={classes.canvas} style={{ width: size.width, height: size.height }} />
          <div
            className={classes.clip}
            style={{ left: names, top: header, width, height: Math.max(0, size.height - header) }}
          >
            <div ref={overlay}>
              {focus && focused && (
                <div
                  className={classes.focus}
                  style={box(focused, top(focus.row, layout.lanes[focus.row]?.[focus.bar] ?? 0), laneSize.height)}
                />
              )}
              {shown && shownRow >= 0 && (
                <div
                  className={classes.ghost}
                  data-testid="timeline-ghost"
                  style={box(shown, (layout.tops[shownRow] as number) + laneSize.padding, laneSize.height)}
                />
              )}
            </div>
          </div>
          {held && shownRow >= 0 && (
            <div
              className={classes.label}
              style={{
                left: Math.max(names, Math.min(size.width - 260, xOf(held.from))),
                top: labelTop(header + (layout.tops[shownRow] as number) - (scroller.current?.scrollTop ?? 0)),
              }}
            >
              {[rows[shownRow]?.label, held.label, spanText(held)].filter(Boolean).join("\n")}
            </div>
          )}
          {!held && hint && pointer && (
            <div
              className={classes.label}
              style={{
                left: Math.min(pointer.x + 12, size.width - 300),
                top: Math.min(pointer.y + 16, size.height - 80),
              }}
            >
              {hint}
            </div>
          )}
        </div>
        <div className={classes.spacer} style={{ height: layout.height + header }} />
      </div>
      <VisuallyHidden id={live} aria-live="polite">
        {held
          ? `${rows[shownRow]?.label ?? ""} ${spanText(held)}`
          : focused && focusedRow
            ? `${focusedRow.label}: ${textOf(focused, focusedRow)}`
            : t("timeline.keys")}
      </VisuallyHidden>
    </div>
  );
}

/** "Thu 14 May 09:30 – Fri 15 May 17:00". */
export function spanText(span: Span): string {
  return `${localTime(new Date(span.from))} – ${localTime(new Date(span.to))}`;
}

function placeOf(rows: Row[], on: { row: string; bar: string } | undefined): Place | undefined {
  if (!on) return undefined;
  const row = rows.findIndex((r) => r.id === on.row);
  const bar = rows[row]?.bars.findIndex((b) => b.id === on.bar) ?? -1;
  return bar >= 0 ? { row, bar } : undefined;
}

function shadeAt(row: Row | undefined, at: number) {
  return row?.shades?.find((s) => s.from <= at && at < s.to);
}
