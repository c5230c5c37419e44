import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import { t } from "../text";
import type { ChartData } from "./types";

export type { ChartData, ChartMark, ChartSeries } from "./types";

const Panel = lazy(() => import("./ChartPanel"));

/**
 * A chart with its table and its downloads. The drawing library is loaded only when a chart is shown, and the place it
 * takes is kept free meanwhile.
 */
export function Chart(props: {
  title: string;
  data: ChartData;
  height?: number;
  /** Called with the index of the point that was chosen. */
  onPoint?: (index: number) => void;
}) {
  return (
    <Suspense fallback={<Skeleton h={(props.height ?? 260) + 40} role="status" aria-label={t("chart.loading")} />}>
      <Panel {...props} />
    </Suspense>
  );
}
