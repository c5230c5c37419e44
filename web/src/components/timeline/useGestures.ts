import { type PointerEvent, type RefObject, useEffect, useRef } from "react";
import { shift, zoom } from "./scale";
import type { Span } from "./types";

type Point = { x: number; y: number };

/**
 * The ways to go through time that are not keys: the wheel zooms with Ctrl (as a pinch of a touchpad does) and goes
 * sideways with Shift; one finger pulls the time along, two pinch it. Scrolling up and down stays with the browser.
 */
export function useGestures(
  scroller: RefObject<HTMLElement | null>,
  view: Span,
  onView: (view: Span) => void,
  time: { perPixel: number; at: (clientX: number) => number },
) {
  const latest = useRef({ view, onView, ...time });
  latest.current = { view, onView, ...time };

  // React listens to the wheel passively; this must be able to keep the page from zooming.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const now = latest.current;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 120);
        now.onView(zoom(now.view, factor, now.at(event.clientX)));
        return;
      }
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))) {
        event.preventDefault();
        now.onView(shift(now.view, sideways * now.perPixel));
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [scroller]);

  const fingers = useRef(new Map<number, Point>());
  const travelled = useRef(0);
  return {
    down(event: PointerEvent) {
      if (fingers.current.size === 0) travelled.current = 0;
      fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    /** Whether the movement was one of fingers, and so is dealt with. */
    move(event: PointerEvent): boolean {
      const before = fingers.current.get(event.pointerId);
      if (!before) return false;
      const after = { x: event.clientX, y: event.clientY };
      const others = [...fingers.current].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      fingers.current.set(event.pointerId, after);
      travelled.current += Math.abs(after.x - before.x);
      const now = latest.current;
      const other = others[0];
      if (other) now.onView(pinched(now.view, before.x, after.x, other.x, now.at));
      else if (travelled.current > 6) now.onView(shift(now.view, (before.x - after.x) * now.perPixel));
      return true;
    },
    /** Whether the finger that left had moved, so that it was not a tap. */
    up(event: PointerEvent): boolean {
      fingers.current.delete(event.pointerId);
      return travelled.current > 6;
    },
  };
}

/** The view after one of two fingers went from one place to another; what lies under the other stays there. */
export function pinched(view: Span, before: number, after: number, other: number, at: (x: number) => number): Span {
  const was = Math.max(16, Math.abs(before - other));
  const is = Math.max(16, Math.abs(after - other));
  return zoom(view, was / is, at(other));
}
