import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";

/** The calendar: when nothing may be booked or deployed, and when people work. */
export function calendarRoutes(shell: AnyRoute) {
  const area = createRoute({
    getParentRoute: () => shell,
    path: "/calendar",
    component: lazyRouteComponent(() => import("@/features/calendar/CalendarArea"), "CalendarArea"),
  });
  const windows = () => import("@/features/calendar/WindowsPage");
  return [
    area.addChildren([
      createRoute({
        getParentRoute: () => area,
        path: "/",
        component: lazyRouteComponent(() => import("@/features/calendar/YearPage"), "YearPage"),
      }),
      createRoute({
        getParentRoute: () => area,
        path: "/freezes",
        component: lazyRouteComponent(windows, "FreezesPage"),
      }),
      createRoute({
        getParentRoute: () => area,
        path: "/holidays",
        component: lazyRouteComponent(windows, "HolidaysPage"),
      }),
      createRoute({
        getParentRoute: () => area,
        path: "/maintenance-windows",
        component: lazyRouteComponent(windows, "MaintenancePage"),
      }),
      createRoute({
        getParentRoute: () => area,
        path: "/working-time",
        component: lazyRouteComponent(() => import("@/features/calendar/WorkingTimePage"), "WorkingTimePage"),
      }),
      createRoute({
        getParentRoute: () => area,
        path: "/freeze-types",
        component: lazyRouteComponent(() => import("@/features/calendar/TypesPage"), "TypesPage"),
      }),
    ]),
    createRoute({
      getParentRoute: () => shell,
      path: "/calendar/freezes/$id",
      component: lazyRouteComponent(() => import("@/features/calendar/FreezePage"), "FreezePage"),
    }),
  ];
}
