/** Every URL of the app. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, type SearchSchemaInput, stripSearchParams } from "@tanstack/react-router";
import { sessionQuery } from "./api/session";
import { safeNext } from "./shell/entering";
import { Shell } from "./shell/Shell";
import { NotFound, PageFailure } from "./shell/states";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageFailure });

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);

interface WayIn {
  token?: string;
  next?: string;
}

/** What the pages on the way in take: a one-time link, and where to go on. */
function wayIn(search: Record<string, unknown>): WayIn {
  const token = text(search["token"]);
  const next = text(search["next"]);
  return { ...(token && { token }), ...(next && { next }) };
}

const way = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: wayIn, component: Outlet });

const signIn = createRoute({
  getParentRoute: () => way,
  path: "/",
  beforeLoad: async ({ context, search }) => {
    // Signing in takes the token of the browser's session.
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session.user && !search.token) throw redirect({ href: safeNext(search.next) });
  },
  component: lazyRouteComponent(() => import("./shell/SignIn"), "SignIn"),
});

/** Refuses pages between the sign-in and the app to those who are not signed in. */
const onlySignedIn = async ({ context }: { context: { queries: QueryClient } }): Promise<void> => {
  const session = await context.queries.ensureQueryData(sessionQuery);
  if (!session.user) throw redirect({ to: "/sign-in", search: {} });
};

const secondFactor = createRoute({
  getParentRoute: () => way,
  path: "/second-factor",
  beforeLoad: onlySignedIn,
  component: lazyRouteComponent(() => import("./shell/RequiredSecondFactor"), "RequiredSecondFactor"),
});

const company = createRoute({
  getParentRoute: () => way,
  path: "/company",
  beforeLoad: onlySignedIn,
  component: lazyRouteComponent(() => import("./shell/ChooseCompany"), "ChooseCompany"),
});

const password = createRoute({
  getParentRoute: () => root,
  path: "/password",
  validateSearch: wayIn,
  // Writing takes the token of the browser's session.
  beforeLoad: ({ context }) => context.queries.ensureQueryData(sessionQuery).then(() => {}),
  component: lazyRouteComponent(() => import("./shell/SetPassword"), "SetPassword"),
});

const components = createRoute({ getParentRoute: () => root, path: "/_components", component: lazyRouteComponent(() => import("./ui/Components"), "Components") });

/** Pages for those who are signed in; others come to the sign-in, and back. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: async ({ context, location, cause }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    const search = location.href === "/" ? {} : { next: location.href };
    if (session.sign_in.second_factor_missing) throw redirect({ to: "/sign-in/second-factor", search });
    // Who was signed in until now is asked on the page that is open.
    if (!session.user && cause !== "stay") throw redirect({ to: "/sign-in", search });
  },
});

const start = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/connections" });
  },
});

const connectionPages = createRoute({ getParentRoute: () => shell, path: "/connections", component: Outlet });

const connections = createRoute({
  getParentRoute: () => connectionPages,
  path: "/",
  // What narrows the list, and what came of the way to a provider's page and back.
  validateSearch: (search: Record<string, unknown>): { q?: string; connected?: number; error?: string } => {
    const q = search["q"] === undefined ? undefined : String(search["q"]);
    const connected = Number(search["connected"]);
    const error = text(search["error"]);
    return { ...(q && { q }), ...(connected > 0 && { connected }), ...(error && { error }) };
  },
  component: lazyRouteComponent(() => import("./connections/Connections"), "Connections"),
});

const CONNECTION_KINDS = ["here", "pipedrive-oauth", "pipedrive-token", "server-oauth", "server-token"] as const;

const newConnection = createRoute({
  getParentRoute: () => connectionPages,
  path: "/new",
  validateSearch: (search: Record<string, unknown>): { kind?: (typeof CONNECTION_KINDS)[number]; step?: "rights" } => {
    const kind = CONNECTION_KINDS.find((known) => known === search["kind"]);
    return { ...(kind && { kind }), ...(search["step"] === "rights" && { step: "rights" }) };
  },
  component: lazyRouteComponent(() => import("./connections/AddConnection"), "AddConnection"),
});
const one = <Value extends string>(value: unknown, ...of: [Value, ...Value[]]): Value => of.find((known) => known === value) ?? of[0];

/** What narrows the actions; what is not said is as it is at first. */
interface ActionSearch {
  q: string;
  effect: "all" | "reads" | "writes";
  version: "newest" | "all" | "v1" | "v2";
  deprecated: boolean;
}

const ALL_ACTIONS: ActionSearch = { q: "", effect: "all", version: "newest", deprecated: true };

const actions = createRoute({
  getParentRoute: () => shell,
  path: "/actions",
  validateSearch: (search: Partial<Record<keyof ActionSearch, unknown>> & SearchSchemaInput): ActionSearch => ({
    q: String(search.q ?? ""),
    effect: one(search.effect, "all", "reads", "writes"),
    version: one(search.version, "newest", "all", "v1", "v2"),
    deprecated: search.deprecated !== false,
  }),
  search: { middlewares: [stripSearchParams(ALL_ACTIONS)] },
  component: lazyRouteComponent(() => import("./actions/Actions"), "Actions"),
});

/** The run whose parameters fill the form, or the parameters themselves; and the connection. */
interface ActionPageSearch {
  run?: string;
  params?: Record<string, unknown>;
  connection?: number;
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

const action = createRoute({
  getParentRoute: () => shell,
  path: "/actions/$version/$name",
  validateSearch: (search: Partial<Record<keyof ActionPageSearch, unknown>> & SearchSchemaInput): ActionPageSearch => {
    const run = text(search.run);
    return { ...(run && { run }), ...(isObject(search.params) && { params: search.params }), ...(typeof search.connection === "number" && { connection: search.connection }) };
  },
  component: lazyRouteComponent(() => import("./actions/ActionPage"), "ActionPage"),
});

/** What narrows the runs; what is not said is not asked for. */
interface RunSearch {
  q?: string;
  action?: string;
  user?: number;
  connection?: number;
  source?: "console" | "chat" | "editor" | "api" | "mcp" | "cli";
  status?: "running" | "ok" | "failed" | "refused" | "interrupted";
  when?: "hour" | "day" | "week" | "month";
}

const among = <Value extends string>(value: unknown, ...of: Value[]): Value | undefined => of.find((known) => known === value);
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const present = <Search extends object>(search: Search): { [Key in keyof Search]?: NonNullable<Search[Key]> } =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as { [Key in keyof Search]?: NonNullable<Search[Key]> };

const runs = createRoute({
  getParentRoute: () => shell,
  path: "/runs",
  validateSearch: (search: Partial<Record<keyof RunSearch, unknown>> & SearchSchemaInput): RunSearch =>
    present({
      q: search.q === undefined ? undefined : text(String(search.q)),
      action: text(search.action),
      user: number(search.user),
      connection: number(search.connection),
      source: among(search.source, "console", "chat", "editor", "api", "mcp", "cli"),
      status: among(search.status, "running", "ok", "failed", "refused", "interrupted"),
      when: among(search.when, "hour", "day", "week", "month"),
    }),
  component: lazyRouteComponent(() => import("./runs/Runs"), "Runs"),
});
const run = createRoute({ getParentRoute: () => shell, path: "/runs/$id", component: lazyRouteComponent(() => import("./runs/RunPage"), "RunPage") });
const chat = createRoute({ getParentRoute: () => shell, path: "/chat", component: lazyRouteComponent(() => import("./chat/Chat"), "NewChat") });
const oneChat = createRoute({ getParentRoute: () => shell, path: "/chat/$id", component: lazyRouteComponent(() => import("./chat/Chat"), "OneChat") });

/** The version of a script that is looked at, and the run whose output stands below. */
interface EditorSearch {
  version?: number;
  run?: string;
}

const editorSearch = (search: Partial<Record<keyof EditorSearch, unknown>> & SearchSchemaInput): EditorSearch => present({ version: number(search.version), run: text(search.run) });

const editor = createRoute({ getParentRoute: () => shell, path: "/editor", validateSearch: editorSearch, component: lazyRouteComponent(() => import("./editor/Editor"), "NewScript") });
const oneScript = createRoute({ getParentRoute: () => shell, path: "/editor/$id", validateSearch: editorSearch, component: lazyRouteComponent(() => import("./editor/Editor"), "OneScript") });
const settings = createRoute({ getParentRoute: () => shell, path: "/settings", component: Outlet });
const settingsStart = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/profile" });
  },
});
const profile = createRoute({ getParentRoute: () => settings, path: "/profile", component: lazyRouteComponent(() => import("./settings/Profile"), "Profile") });
const users = createRoute({ getParentRoute: () => settings, path: "/users", component: lazyRouteComponent(() => import("./settings/Users"), "Users") });
const apps = createRoute({ getParentRoute: () => settings, path: "/apps", component: lazyRouteComponent(() => import("./settings/Apps"), "Apps") });
const agents = createRoute({ getParentRoute: () => settings, path: "/agents", component: lazyRouteComponent(() => import("./settings/Agents"), "Agents") });
const chatModel = createRoute({ getParentRoute: () => settings, path: "/chat", component: lazyRouteComponent(() => import("./settings/ChatModel"), "ChatModel") });
const tokens = createRoute({ getParentRoute: () => settings, path: "/tokens", component: lazyRouteComponent(() => import("./settings/Tokens"), "Tokens") });
const webhooks = createRoute({ getParentRoute: () => settings, path: "/webhooks", component: lazyRouteComponent(() => import("./settings/Webhooks"), "Webhooks") });
const webhook = createRoute({
  getParentRoute: () => settings,
  path: "/webhooks/$id",
  validateSearch: (search: { state?: unknown; delivery?: unknown } & SearchSchemaInput) => ({
    state: one(search.state, "all", "delivered", "waiting", "failed", "lost"),
    delivery: Number(search.delivery) || 0,
  }),
  search: { middlewares: [stripSearchParams({ state: "all" as const, delivery: 0 })] },
  component: lazyRouteComponent(() => import("./settings/WebhookPage"), "WebhookPage"),
});
const editorUsers = createRoute({ getParentRoute: () => settings, path: "/editor", component: lazyRouteComponent(() => import("./settings/EditorUsers"), "EditorUsers") });
const runSettings = createRoute({ getParentRoute: () => settings, path: "/runs", component: lazyRouteComponent(() => import("./settings/RunSettings"), "RunSettings") });
const settingsPages = settings.addChildren([settingsStart, profile, users, apps, agents, chatModel, editorUsers, tokens, webhooks, webhook, runSettings]);

const tree = root.addChildren([way.addChildren([signIn, secondFactor, company]), password, components, shell.addChildren([start, connectionPages.addChildren([connections, newConnection]), actions, action, chat, oneChat, editor, oneScript, runs, run, settingsPages])]);

/** Returns the router. Pages load when a link to them is pointed at. */
export function makeRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", defaultPreloadStaleTime: 0, scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
