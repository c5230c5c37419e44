import { useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { chartOption } from "./option";
import type { ChartData } from "./types";

echarts.use([LineChart, BarChart, GridComponent, TooltipComponent, MarkLineComponent, AriaComponent, CanvasRenderer]);

export interface DrawingHandle {
  png(): string | undefined;
}

export function Drawing({
  data,
  height,
  label,
  onPoint,
  ref,
}: {
  data: ChartData;
  height: number;
  label: string;
  onPoint?: (index: number) => void;
  ref?: Ref<DrawingHandle>;
}) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>(null);
  const scheme = useComputedColorScheme();
  const still = useReducedMotion();
  const point = useRef(onPoint);
  point.current = onPoint;

  useEffect(() => {
    if (!box.current) return;
    const made = echarts.init(box.current, undefined, { renderer: "canvas" });
    chart.current = made;
    made.getZr().on("click", (e) => {
      const at = made.convertFromPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY]);
      const index = Array.isArray(at) ? Math.round(at[0] as number) : -1;
      if (index >= 0) point.current?.(index);
    });
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme has other colours behind the same names
  useEffect(() => {
    if (!box.current) return;
    const style = getComputedStyle(box.current);
    const color = (name: string) => style.getPropertyValue(name).trim();
    chart.current?.setOption(
      { ...chartOption(data, color), animation: !still, animationDuration: 120 },
      { notMerge: true },
    );
  }, [data, scheme, still]);

  useImperativeHandle(ref, () => ({
    png: () =>
      chart.current?.getDataURL({
        type: "png",
        pixelRatio: 2,
        backgroundColor: scheme === "dark" ? "#15181b" : "#ffffff",
      }),
  }));

  return <div ref={box} role="img" aria-label={label} style={{ height, cursor: onPoint ? "pointer" : undefined }} />;
}
