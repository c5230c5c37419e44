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
import { calendarRoutes } from "./calendarRoutes";
import { requestRoutes } from "./requestRoutes";
import { fieldRoutes, mailRoutes, workflowRoutes } from "./settingsRoutes";

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

// Applications: the list and the map, and the page of each application with its parts.
const catalog = createRoute({
  getParentRoute: () => shell,
  path: "/applications",
  component: lazyRouteComponent(() => import("@/features/catalog/ApplicationsArea"), "ApplicationsArea"),
});
const applications = createRoute({
  getParentRoute: () => catalog,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/catalog/ApplicationsPage"), "ApplicationsPage"),
});
const dependencyMap = createRoute({
  getParentRoute: () => catalog,
  path: "/map",
  component: lazyRouteComponent(() => import("@/features/catalog/MapPage"), "MapPage"),
});
const importApplications = createRoute({
  getParentRoute: () => shell,
  path: "/applications/import",
  component: lazyRouteComponent(() => import("@/features/catalog/ImportApplicationsPage"), "ImportApplicationsPage"),
});
const application = createRoute({
  getParentRoute: () => shell,
  path: "/applications/$id",
  component: lazyRouteComponent(() => import("@/features/catalog/ApplicationPage"), "ApplicationPage"),
});
const applicationOverview = createRoute({
  getParentRoute: () => application,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/catalog/OverviewTab"), "OverviewTab"),
});
const applicationComponents = createRoute({
  getParentRoute: () => application,
  path: "/components",
  component: lazyRouteComponent(() => import("@/features/catalog/PartsTabs"), "ComponentsTab"),
});
const applicationRepositories = createRoute({
  getParentRoute: () => application,
  path: "/repositories",
  component: lazyRouteComponent(() => import("@/features/catalog/PartsTabs"), "RepositoriesTab"),
});
const applicationDependencies = createRoute({
  getParentRoute: () => application,
  path: "/dependencies",
  component: lazyRouteComponent(() => import("@/features/catalog/DependenciesTab"), "DependenciesTab"),
});
const applicationHistory = createRoute({
  getParentRoute: () => application,
  path: "/history",
  component: lazyRouteComponent(() => import("@/features/catalog/HistoryTab"), "HistoryTab"),
});

// Environments: the catalogue, the groups, the map, the search by what is needed, and how they are. The area's tabs stand
// above lists that have addresses of their own.
const environmentsArea = createRoute({
  getParentRoute: () => shell,
  id: "environments",
  component: lazyRouteComponent(() => import("@/features/environment/EnvironmentsArea"), "EnvironmentsArea"),
});
const environments = createRoute({
  getParentRoute: () => environmentsArea,
  path: "/environments",
  component: lazyRouteComponent(() => import("./environment/pages"), "Environments"),
});
const environmentMap = createRoute({
  getParentRoute: () => environmentsArea,
  path: "/environments/map",
  component: lazyRouteComponent(() => import("./environment/pages"), "EnvironmentMap"),
});
const findEnvironment = createRoute({
  getParentRoute: () => environmentsArea,
  path: "/environments/find",
  component: lazyRouteComponent(() => import("./environment/pages"), "FindEnvironment"),
});
const environmentGroups = createRoute({
  getParentRoute: () => environmentsArea,
  path: "/environment-groups",
  component: lazyRouteComponent(() => import("@/features/environment/GroupsPage"), "GroupsPage"),
});
const healthBoard = createRoute({
  getParentRoute: () => environmentsArea,
  path: "/health",
  component: lazyRouteComponent(() => import("@/features/health/HealthBoardPage"), "HealthBoardPage"),
});
const outages = createRoute({
  getParentRoute: () => environmentsArea,
  path: "/outages",
  component: lazyRouteComponent(() => import("@/features/health/OutagesPage"), "OutagesPage"),
});
const outage = createRoute({
  getParentRoute: () => shell,
  path: "/outages/$id",
  component: lazyRouteComponent(() => import("@/features/health/OutagePage"), "OutagePage"),
});
const environmentImports = createRoute({
  getParentRoute: () => shell,
  path: "/environments/import",
  component: lazyRouteComponent(() => import("@/features/sheet/ImportsPage"), "ImportsPage"),
});
const environmentImport = createRoute({
  getParentRoute: () => shell,
  path: "/environments/import/$id",
  component: lazyRouteComponent(() => import("@/features/sheet/ImportPage"), "ImportPage"),
});
const environment = createRoute({
  getParentRoute: () => shell,
  path: "/environments/$id",
  component: lazyRouteComponent(() => import("./environment/pages"), "Environment"),
});
const environmentOverview = createRoute({
  getParentRoute: () => environment,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/environment/OverviewTab"), "OverviewTab"),
});
const environmentHealth = createRoute({
  getParentRoute: () => environment,
  path: "/health",
  component: lazyRouteComponent(() => import("@/features/health/EnvironmentHealth"), "EnvironmentHealthTab"),
});
const environmentCost = createRoute({
  getParentRoute: () => environment,
  path: "/cost",
  component: lazyRouteComponent(() => import("@/features/environmentkpi/EnvironmentCost"), "EnvironmentCost"),
});
const environmentStack = createRoute({
  getParentRoute: () => environment,
  path: "/stack",
  component: lazyRouteComponent(() => import("@/features/environment/StackTab"), "StackTab"),
});
const environmentConfiguration = createRoute({
  getParentRoute: () => environment,
  path: "/configuration",
  component: lazyRouteComponent(() => import("@/features/environment/ConfigurationTab"), "ConfigurationTab"),
});
const environmentCompare = createRoute({
  getParentRoute: () => environment,
  path: "/compare",
  component: lazyRouteComponent(() => import("@/features/environment/CompareTab"), "CompareTab"),
});
const environmentConnections = createRoute({
  getParentRoute: () => environment,
  path: "/connections",
  component: lazyRouteComponent(() => import("@/features/environment/ConnectionsTab"), "ConnectionsTab"),
});
const environmentStakeholders = createRoute({
  getParentRoute: () => environment,
  path: "/stakeholders",
  component: lazyRouteComponent(() => import("@/features/environment/RecordTabs"), "StakeholdersTab"),
});
const environmentHistory = createRoute({
  getParentRoute: () => environment,
  path: "/history",
  component: lazyRouteComponent(() => import("@/features/environment/HistoryTab"), "HistoryTab"),
});
const environmentGroup = createRoute({
  getParentRoute: () => shell,
  path: "/environment-groups/$id",
  component: lazyRouteComponent(() => import("@/features/environment/GroupPage"), "GroupPage"),
});
const groupMembers = createRoute({
  getParentRoute: () => environmentGroup,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/environment/MembersTab"), "MembersTab"),
});
const groupConnections = createRoute({
  getParentRoute: () => environmentGroup,
  path: "/connections",
  component: lazyRouteComponent(() => import("@/features/environment/ConnectivityTab"), "ConnectivityTab"),
});
const groupMap = createRoute({
  getParentRoute: () => environmentGroup,
  path: "/map",
  component: lazyRouteComponent(() => import("./environment/pages"), "GroupMap"),
});
const groupStakeholders = createRoute({
  getParentRoute: () => environmentGroup,
  path: "/stakeholders",
  component: lazyRouteComponent(() => import("@/features/environment/RecordTabs"), "GroupStakeholdersTab"),
});
const groupHistory = createRoute({
  getParentRoute: () => environmentGroup,
  path: "/history",
  component: lazyRouteComponent(() => import("@/features/environment/RecordTabs"), "GroupHistoryTab"),
});

// Delivery: the metrics and the records they rest on.
const delivery = createRoute({
  getParentRoute: () => shell,
  path: "/delivery",
  component: lazyRouteComponent(() => import("@/features/valuestream/DeliveryArea"), "DeliveryArea"),
});
const performance = createRoute({
  getParentRoute: () => delivery,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/valuestream/PerformancePage"), "PerformancePage"),
});
const deployments = createRoute({
  getParentRoute: () => delivery,
  path: "/deployments",
  component: lazyRouteComponent(() => import("@/features/delivery/lists"), "DeploymentsPage"),
});
const deployment = createRoute({
  getParentRoute: () => shell,
  path: "/delivery/deployments/$id",
  component: lazyRouteComponent(() => import("@/features/delivery/records"), "DeploymentPage"),
});
const changes = createRoute({
  getParentRoute: () => delivery,
  path: "/changes",
  component: lazyRouteComponent(() => import("@/features/delivery/lists"), "ChangesPage"),
});
const change = createRoute({
  getParentRoute: () => shell,
  path: "/delivery/changes/$id",
  component: lazyRouteComponent(() => import("@/features/delivery/records"), "ChangePage"),
});
const incidents = createRoute({
  getParentRoute: () => delivery,
  path: "/incidents",
  component: lazyRouteComponent(() => import("@/features/delivery/lists"), "IncidentsPage"),
});
const incident = createRoute({
  getParentRoute: () => shell,
  path: "/delivery/incidents/$id",
  component: lazyRouteComponent(() => import("@/features/delivery/records"), "IncidentPage"),
});
const workItems = createRoute({
  getParentRoute: () => delivery,
  path: "/work-items",
  component: lazyRouteComponent(() => import("@/features/delivery/lists"), "WorkItemsPage"),
});
const workItem = createRoute({
  getParentRoute: () => shell,
  path: "/delivery/work-items/$id",
  component: lazyRouteComponent(() => import("@/features/delivery/records"), "WorkItemPage"),
});

const environmentReport = createRoute({
  getParentRoute: () => shell,
  path: "/reports/environments",
  component: lazyRouteComponent(() => import("@/features/environmentkpi/ReportPage"), "ReportPage"),
});

// The schedule: its parts stand side by side under tabs of their own addresses.
const bookingArea = createRoute({
  getParentRoute: () => shell,
  id: "booking",
  component: lazyRouteComponent(() => import("@/features/booking/BookingArea"), "BookingArea"),
});
const schedule = createRoute({
  getParentRoute: () => bookingArea,
  path: "/schedule",
  component: lazyRouteComponent(() => import("@/features/booking/SchedulePage"), "SchedulePage"),
});
const bookings = createRoute({
  getParentRoute: () => bookingArea,
  path: "/bookings",
  component: lazyRouteComponent(() => import("@/features/booking/BookingsPage"), "BookingsPage"),
});
const approvals = createRoute({
  getParentRoute: () => bookingArea,
  path: "/approvals",
  component: lazyRouteComponent(() => import("@/features/booking/ApprovalsPage"), "ApprovalsPage"),
});
const conflicts = createRoute({
  getParentRoute: () => bookingArea,
  path: "/conflicts",
  component: lazyRouteComponent(() => import("@/features/booking/ConflictsPage"), "ConflictsPage"),
});
const openings = createRoute({
  getParentRoute: () => bookingArea,
  path: "/openings",
  component: lazyRouteComponent(() => import("@/features/booking/OpeningsPage"), "OpeningsPage"),
});
const calendarFeeds = createRoute({
  getParentRoute: () => bookingArea,
  path: "/calendar-feeds",
  component: lazyRouteComponent(() => import("@/features/booking/FeedsPage"), "FeedsPage"),
});
const bookingPolicies = createRoute({
  getParentRoute: () => bookingArea,
  path: "/booking-policies",
  component: lazyRouteComponent(() => import("@/features/booking/PoliciesPage"), "PoliciesPage"),
});
const booking = createRoute({
  getParentRoute: () => shell,
  path: "/bookings/$id",
  component: lazyRouteComponent(() => import("@/features/booking/BookingPage"), "BookingPage"),
});
// The link of a mail decides without signing in.
const bookingDecision = createRoute({
  getParentRoute: () => root,
  path: "/bookings/$id/decision",
  component: lazyRouteComponent(() => import("@/features/booking/DecisionPage"), "DecisionPage"),
});

// Connections: where records come from, and how they find their place.
const connector = createRoute({
  getParentRoute: () => shell,
  path: "/connections",
  component: lazyRouteComponent(() => import("@/features/connector/ConnectionsArea"), "ConnectionsArea"),
});
const connections = createRoute({
  getParentRoute: () => connector,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/connector/ConnectionsPage"), "ConnectionsPage"),
});
const unmapped = createRoute({
  getParentRoute: () => connector,
  path: "/unmapped",
  component: lazyRouteComponent(() => import("@/features/connector/UnmappedPage"), "UnmappedPage"),
});
const mappingRules = createRoute({
  getParentRoute: () => connector,
  path: "/rules",
  component: lazyRouteComponent(() => import("@/features/connector/MappingRulesPage"), "MappingRulesPage"),
});
const toolAccounts = createRoute({
  getParentRoute: () => connector,
  path: "/accounts",
  component: lazyRouteComponent(() => import("@/features/connector/ToolAccountsPage"), "ToolAccountsPage"),
});
const newConnection = createRoute({
  getParentRoute: () => shell,
  path: "/connections/new",
  component: lazyRouteComponent(() => import("@/features/connector/NewConnectionPage"), "NewConnectionPage"),
});
const connection = createRoute({
  getParentRoute: () => shell,
  path: "/connections/$id",
  component: lazyRouteComponent(() => import("@/features/connector/ConnectionPage"), "ConnectionPage"),
});
const connectionOverview = createRoute({
  getParentRoute: () => connection,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/connector/OverviewTab"), "OverviewTab"),
});
const connectionScopes = createRoute({
  getParentRoute: () => connection,
  path: "/scopes",
  component: lazyRouteComponent(() => import("@/features/connector/ScopesTab"), "ScopesTab"),
});
const connectionRules = createRoute({
  getParentRoute: () => connection,
  path: "/rules",
  component: lazyRouteComponent(() => import("@/features/connector/RulesTab"), "RulesTab"),
});
const connectionRuns = createRoute({
  getParentRoute: () => connection,
  path: "/runs",
  component: lazyRouteComponent(() => import("@/features/connector/RunsTab"), "RunsTab"),
});
const connectionWebhooks = createRoute({
  getParentRoute: () => connection,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("@/features/connector/WebhooksTab"), "WebhooksTab"),
});
const connectionUnmapped = createRoute({
  getParentRoute: () => connection,
  path: "/unmapped",
  component: lazyRouteComponent(() => import("@/features/connector/PagesTab"), "PagesTab"),
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

const mail = mailRoutes(settings, shell);
const workflows = workflowRoutes(settings, shell);
const unsubscribe = createRoute({
  getParentRoute: () => root,
  path: "/unsubscribe",
  component: lazyRouteComponent(() => import("@/features/notify/UnsubscribePage"), "UnsubscribePage"),
});

// Only the development build and the one that the browser journeys make for themselves have the gallery; the condition
// is a constant, so the product's build drops the chunk.
const gallery =
  import.meta.env.DEV || import.meta.env.MODE === "gallery"
    ? [
        createRoute({
          getParentRoute: () => root,
          path: "/dev/gallery",
          component: lazyRouteComponent(() => import("./gallery/GalleryPage"), "GalleryPage"),
        }),
      ]
    : [];

/** Routes that are made elsewhere, whose addresses the tree does not check; in it their types would loosen every other. */
const untyped = (routes: unknown[]) => routes as [];

export const routeTree = root.addChildren([
  signIn,
  setup,
  unsubscribe,
  invite,
  bookingDecision,
  ...(gallery as []),
  shell.addChildren([
    home,
    people.addChildren([persons, teams, organisation, roles, grants, invitations]),
    importPersons,
    catalog.addChildren([applications, dependencyMap]),
    importApplications,
    application.addChildren([
      applicationOverview,
      applicationComponents,
      applicationRepositories,
      applicationDependencies,
      applicationHistory,
    ]),
    environmentsArea.addChildren([
      environments,
      environmentMap,
      findEnvironment,
      environmentGroups,
      healthBoard,
      outages,
    ]),
    outage,
    environmentImports,
    environmentImport,
    environment.addChildren([
      environmentOverview,
      environmentHealth,
      environmentCost,
      environmentStack,
      environmentConfiguration,
      environmentCompare,
      environmentConnections,
      environmentStakeholders,
      environmentHistory,
    ]),
    environmentGroup.addChildren([groupMembers, groupConnections, groupMap, groupStakeholders, groupHistory]),
    delivery.addChildren([performance, deployments, changes, incidents, workItems]),
    deployment,
    change,
    incident,
    workItem,
    bookingArea.addChildren([schedule, bookings, approvals, conflicts, openings, calendarFeeds, bookingPolicies]),
    booking,
    environmentReport,
    connector.addChildren([connections, unmapped, mappingRules, toolAccounts]),
    newConnection,
    connection.addChildren([
      connectionOverview,
      connectionScopes,
      connectionRules,
      connectionRuns,
      connectionWebhooks,
      connectionUnmapped,
    ]),
    history,
    settings.addChildren([
      profile,
      tokens,
      serviceAccounts,
      accounts,
      providers,
      jobs,
      ...untyped([...mail.inSettings, ...fieldRoutes(settings), workflows.inSettings]),
    ]),
    ...untyped([...mail.pages, workflows.page]),
    ...untyped(calendarRoutes(shell)),
    ...untyped(requestRoutes(shell)),
  ]),
]);
