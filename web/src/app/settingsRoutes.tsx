import { type AnyRoute, createRoute, lazyRouteComponent } from "@tanstack/react-router";

/** The settings pages of mails. */
export function mailRoutes(settings: AnyRoute, shell: AnyRoute) {
  return {
    inSettings: [
      createRoute({
        getParentRoute: () => settings,
        path: "/notifications",
        component: lazyRouteComponent(() => import("@/features/notify/ChoicesPage"), "ChoicesPage"),
      }),
      createRoute({
        getParentRoute: () => settings,
        path: "/mail-templates",
        component: lazyRouteComponent(() => import("@/features/notify/TemplatesPage"), "TemplatesPage"),
      }),
      createRoute({
        getParentRoute: () => settings,
        path: "/mail-deliveries",
        component: lazyRouteComponent(() => import("@/features/notify/DeliveriesPage"), "DeliveriesPage"),
      }),
    ],
    pages: [
      createRoute({
        getParentRoute: () => shell,
        path: "/inbox",
        component: lazyRouteComponent(() => import("@/features/notify/InboxPage"), "InboxPage"),
      }),
      createRoute({
        getParentRoute: () => shell,
        path: "/settings/mail-templates/$topic",
        component: lazyRouteComponent(() => import("@/features/notify/TemplatePage"), "TemplatePage"),
      }),
    ],
  };
}

/** The settings pages of lists and custom fields. */
export function fieldRoutes(settings: AnyRoute) {
  return [
    createRoute({
      getParentRoute: () => settings,
      path: "/lists",
      component: lazyRouteComponent(() => import("@/features/field/ListsPage"), "ListsPage"),
    }),
    createRoute({
      getParentRoute: () => settings,
      path: "/fields",
      component: lazyRouteComponent(() => import("@/features/field/FieldsPage"), "FieldsPage"),
    }),
  ];
}

/** The settings pages of workflows. */
export function workflowRoutes(settings: AnyRoute, shell: AnyRoute) {
  return {
    inSettings: createRoute({
      getParentRoute: () => settings,
      path: "/workflows",
      component: lazyRouteComponent(() => import("@/features/workflow/WorkflowsPage"), "WorkflowsPage"),
    }),
    page: createRoute({
      getParentRoute: () => shell,
      path: "/settings/workflows/$subject",
      component: lazyRouteComponent(() => import("@/features/workflow/WorkflowPage"), "WorkflowPage"),
    }),
  };
}
