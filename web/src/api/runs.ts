/** Runs: actions that were run, and running one. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, app } from "./client";
import type { components, paths } from "./generated/app";

export type Run = components["schemas"]["Run"];
export type RunDetails = components["schemas"]["RunDetails"];
export type RanRun = components["schemas"]["RanRun"];
export type RecordChanges = components["schemas"]["RecordChanges"];
export type CallCode = components["schemas"]["Code"];
export type RunFilter = Omit<NonNullable<paths["/app/api/runs"]["get"]["parameters"]["query"]>, "cursor" | "limit">;
type RunToStart = components["schemas"]["RunToStart"];

/** Runs that only read are in no change log, so that the newest are asked for again and again while somebody looks. */
const POLL_MS = 5000;

const getRuns = (query: RunFilter & { cursor?: string; limit?: number }) => answerOf(app.GET("/app/api/runs", { params: { query } }));

/** Runs, the newest first, page after page. */
export const runsQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["runs", "list", filter],
    queryFn: ({ pageParam }) => getRuns({ ...filter, ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    // More pages are read anew by hand: each would cost a request every few seconds.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) > 1 ? false : POLL_MS),
  });

/** The last few runs of an action. */
export const recentRunsQuery = (version: string, action: string, limit = 5) =>
  queryOptions({
    queryKey: ["runs", "recent", version, action, limit],
    // Both versions may have an action of the same name.
    queryFn: async () => (await getRuns({ action, limit: limit * 2 })).items.filter((run) => run.version === version).slice(0, limit),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: () => answerOf(app.GET("/app/api/runs/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === "running" ? 1000 : false),
  });

/** The answer of a run that was started here; the server keeps none. */
export const ranQuery = (id: string) => queryOptions<RanRun | null>({ queryKey: ["runs", "answer", id], queryFn: () => null, staleTime: Number.POSITIVE_INFINITY });

export const runCodeQuery = (id: string) =>
  queryOptions({ queryKey: ["runs", "code", id], queryFn: () => answerOf(app.GET("/app/api/runs/{id}/code", { params: { path: { id } } })), staleTime: Number.POSITIVE_INFINITY });

export interface CallToWrite {
  version: "v1" | "v2";
  name: string;
  connectionId: number;
  params: Record<string, unknown>;
  files: Record<string, string>;
}

/** A call as code. */
export const callCodeQuery = ({ version, name, connectionId, params, files }: CallToWrite) =>
  queryOptions({
    queryKey: ["call-code", version, name, connectionId, params, files],
    queryFn: () =>
      answerOf(app.POST("/app/api/actions/{version}/{name}/code", { params: { path: { version, name } }, body: { connection_id: connectionId, params: params as never, files } })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

export function startRun(body: RunToStart): Promise<RanRun> {
  return answerOf(app.POST("/app/api/runs", { body }));
}

export function startRunWithFile(run: RunToStart, property: string, file: File): Promise<RanRun> {
  const form = new FormData();
  form.append("run", JSON.stringify(run));
  form.append("property", property);
  form.append("file", file, file.name);
  return answerOf(app.POST("/app/api/runs/with-file", { body: { run: "", property, file: "" }, bodySerializer: () => form }));
}

export function runAgain(id: string): Promise<RanRun> {
  return answerOf(app.POST("/app/api/runs/{id}/again", { params: { path: { id } } }));
}

export function undoRun(id: string): Promise<Run> {
  return answerOf(app.POST("/app/api/runs/{id}/undo", { params: { path: { id } } }));
}
