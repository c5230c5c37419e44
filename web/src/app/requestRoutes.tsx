import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";

/** Requests: their lists under tabs, and the page of each. */
export function requestRoutes(shell: AnyRoute) {
  const area = createRoute({
    getParentRoute: () => shell,
    path: "/requests",
    component: lazyRouteComponent(() => import("@/features/request/RequestsArea"), "RequestsArea"),
  });
  const lists = () => import("@/features/request/lists");
  return [
    area.addChildren([
      createRoute({
        getParentRoute: () => area,
        path: "/",
        component: lazyRouteComponent(lists, "BookingRequestsPage"),
      }),
      createRoute({
        getParentRoute: () => area,
        path: "/changes",
        component: lazyRouteComponent(lists, "ChangeRequestsPage"),
      }),
      createRoute({ getParentRoute: () => area, path: "/bench", component: lazyRouteComponent(lists, "BenchPage") }),
      createRoute({
        getParentRoute: () => area,
        path: "/settings",
        component: lazyRouteComponent(() => import("@/features/request/SettingsPage"), "SettingsPage"),
      }),
    ]),
    createRoute({
      getParentRoute: () => shell,
      path: "/booking-requests/$id",
      component: lazyRouteComponent(() => import("@/features/request/BookingRequestPage"), "BookingRequestPage"),
    }),
    createRoute({
      getParentRoute: () => shell,
      path: "/environment-change-requests/$id",
      component: lazyRouteComponent(() => import("@/features/request/ChangeRequestPage"), "ChangeRequestPage"),
    }),
  ];
}
