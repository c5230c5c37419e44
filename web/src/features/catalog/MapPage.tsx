import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import { t } from "./text";

const DependencyMap = lazy(() => import("./map/DependencyMap"));

/** The map's drawing and arranging are heavy, so they come with the map alone. */
export function MapPage() {
  return (
    <Suspense fallback={<Skeleton h={480} my="md" role="status" aria-label={t("map.loading")} />}>
      <DependencyMap />
    </Suspense>
  );
}
