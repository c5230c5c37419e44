import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { meQuery } from "@/api/session";
import type { Search } from "@/lib/url";

// Every address of the application, one line each. A page is its own chunk; what a page needs it loads itself.

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  validateSearch: (search: Search): Search => search,
});

// Before signing in.
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("@/features/identity/SignInPage"), "SignInPage"),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("@/features/identity/SetupPage"), "SetupPage"),
});
const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  component: lazyRouteComponent(() => import("@/features/identity/InvitePage"), "InvitePage"),
});

// Everything else needs a reader; the unit scope stays in the address from page to page.
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: lazyRouteComponent(() => import("./Shell"), "Shell"),
  search: { middlewares: [retainSearchParams<Search>(["unit"])] },
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        const next = location.href === "/" ? undefined : location.href;
        throw redirect({ to: "/sign-in", search: { next } as never, replace: true });
      }
      throw error;
    }
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("./home/HomePage"), "HomePage"),
});

// People: the area's tabs stand above each of its pages.
const people = createRoute({
  getParentRoute: () => shell,
  path: "/people",
  component: lazyRouteComponent(() => import("@/features/people/PeopleArea"), "PeopleArea"),
});
const persons = createRoute({
  getParentRoute: () => people,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/people/PersonsPage"), "PersonsPage"),
});
const teams = createRoute({
  getParentRoute: () => people,
  path: "/teams",
  component: lazyRouteComponent(() => import("@/features/people/TeamsPage"), "TeamsPage"),
});
const organisation = createRoute({
  getParentRoute: () => people,
  path: "/organisation",
  component: lazyRouteComponent(() => import("@/features/people/OrganisationPage"), "OrganisationPage"),
});
const roles = createRoute({
  getParentRoute: () => people,
  path: "/roles",
  component: lazyRouteComponent(() => import("@/features/people/RolesPage"), "RolesPage"),
});
const grants = createRoute({
  getParentRoute: () => people,
  path: "/grants",
  component: lazyRouteComponent(() => import("@/features/people/GrantsPage"), "GrantsPage"),
});

const importPersons = createRoute({
  getParentRoute: () => shell,
  path: "/people/import",
  component: lazyRouteComponent(() => import("@/features/people/ImportPage"), "ImportPage"),
});
const invitations = createRoute({
  getParentRoute: () => people,
  path: "/invitations",
  component: lazyRouteComponent(() => import("@/features/identity/InvitationsPage"), "InvitationsPage"),
});

const history = createRoute({
  getParentRoute: () => shell,
  path: "/history",
  component: lazyRouteComponent(() => import("@/features/audit/HistoryPage"), "HistoryPage"),
});

// Settings.
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/identity/SettingsArea"), "SettingsArea"),
});
const profile = createRoute({
  getParentRoute: () => settings,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/identity/ProfilePage"), "ProfilePage"),
});
const tokens = createRoute({
  getParentRoute: () => settings,
  path: "/tokens",
  component: lazyRouteComponent(() => import("@/features/identity/TokensPage"), "TokensPage"),
});
const serviceAccounts = createRoute({
  getParentRoute: () => settings,
  path: "/service-accounts",
  component: lazyRouteComponent(() => import("@/features/identity/ServiceAccountsPage"), "ServiceAccountsPage"),
});
const accounts = createRoute({
  getParentRoute: () => settings,
  path: "/accounts",
  component: lazyRouteComponent(() => import("@/features/identity/AccountsPage"), "AccountsPage"),
});
const jobs = createRoute({
  getParentRoute: () => settings,
  path: "/jobs",
  component: lazyRouteComponent(() => import("./jobs/JobsPage"), "JobsPage"),
});
const providers = createRoute({
  getParentRoute: () => settings,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("@/features/identity/ProvidersPage"), "ProvidersPage"),
});

// Only the development build has the gallery; the condition is a constant, so the build drops the chunk.
const gallery = import.meta.env.DEV
  ? [
      createRoute({
        getParentRoute: () => root,
        path: "/dev/gallery",
        component: lazyRouteComponent(() => import("./gallery/GalleryPage"), "GalleryPage"),
      }),
    ]
  : [];

export const routeTree = root.addChildren([
  signIn,
  setup,
  invite,
  ...(gallery as []),
  shell.addChildren([
    home,
    people.addChildren([persons, teams, organisation, roles, grants, invitations]),
    importPersons,
    history,
    settings.addChildren([profile, tokens, serviceAccounts, accounts, providers, jobs]),
  ]),
]);
