import { useComputedColorScheme } from "@mantine/core";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { draw, type Frame, type Palette, palette } from "./draw";

/** The size of an element, kept up to date. */
export function useSize(ref: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

/**
 * Keeps a canvas drawn: `frame` tells what to draw, and `paint` asks for it once per animation frame however often it is
 * called. Scrolling calls it without going through React.
 */
export function useSurface(
  canvas: RefObject<HTMLCanvasElement | null>,
  frame: (colours: Palette) => Frame | undefined,
) {
  const scheme = useComputedColorScheme();
  const colours = useRef<Palette | undefined>(undefined);
  const latest = useRef(frame);
  latest.current = frame;
  const asked = useRef(0);

  const paint = useCallback(() => {
    if (asked.current) return;
    asked.current = requestAnimationFrame(() => {
      asked.current = 0;
      const element = canvas.current;
      const ctx = element?.getContext("2d");
      if (!element || !ctx) return;
      colours.current ??= palette(element);
      const f = latest.current(colours.current);
      if (!f || f.width <= 0 || f.height <= 0) return;
      const ratio = window.devicePixelRatio || 1;
      const width = Math.round(f.width * ratio);
      const height = Math.round(f.height * ratio);
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(ctx, f);
    });
  }, [canvas]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme means other colours.
  useEffect(() => {
    colours.current = undefined;
    paint();
  }, [scheme, paint]);
  useEffect(() => {
    let gone = false;
    document.fonts?.ready.then(() => !gone && paint());
    return () => {
      gone = true;
      cancelAnimationFrame(asked.current);
      asked.current = 0;
    };
  }, [paint]);
  return paint;
}
