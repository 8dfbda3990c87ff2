/** The editor: scripts with their versions, runs, and schedules. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, app } from "./client";
import type { components } from "./generated/app";

export type EditorState = components["schemas"]["EditorState"];
export type EditorUser = components["schemas"]["EditorUser"];
export type Script = components["schemas"]["Script"];
export type ScriptDetails = components["schemas"]["ScriptDetails"];
export type ScriptVersion = components["schemas"]["ScriptVersion"];
export type ScriptCode = components["schemas"]["ScriptCode"];
export type ScriptRun = components["schemas"]["ScriptRun"];
export type ScriptOutput = components["schemas"]["ScriptOutput"];
export type OutputPiece = components["schemas"]["OutputPiece"];
export type RehearsedChanges = components["schemas"]["RehearsedChanges"];
export type ScriptSchedule = components["schemas"]["ScriptSchedule"];
export type NewSchedule = components["schemas"]["NewSchedule"];
export type ScheduleChanges = components["schemas"]["ScheduleChanges"];
export type ScriptAccess = ScriptRun["access"];
type ScriptToRun = components["schemas"]["ScriptToRun"];

/** How long code may be. */
export const MAX_CODE_LENGTH = 65_535;

/** How many seconds the server may wait for more output before it answers. */
const WAIT_SECONDS = 20;

/** The most calls of a run that are listed beside it. */
export const MAX_CALLS = 500;

/** Whether code runs here, how it is fenced in, and whether one may use it. */
export const editorQuery = queryOptions({ queryKey: ["editor", "state"], queryFn: () => answerOf(app.GET("/app/api/editor")) });

export const editorUsersQuery = queryOptions({ queryKey: ["editor", "users"], queryFn: async () => (await answerOf(app.GET("/app/api/editor/users"))).items });

export function permitEditor(id: number, mayUse: boolean): Promise<EditorUser> {
  return answerOf(app.PATCH("/app/api/editor/users/{id}", { params: { path: { id } }, body: { may_use: mayUse } }));
}

/** One's scripts and those that others share, the one that was saved last first, page after page. */
export const scriptsQuery = (text = "") =>
  infiniteQueryOptions({
    queryKey: ["scripts", "list", text],
    queryFn: ({ pageParam }) => answerOf(app.GET("/app/api/scripts", { params: { query: { ...(text && { text }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

export const scriptQuery = (id: number) =>
  queryOptions({ queryKey: ["scripts", "one", id], queryFn: () => answerOf(app.GET("/app/api/scripts/{id}", { params: { path: { id } } })) });

/** The versions of a script, the newest first, page after page. */
export const versionsQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["scripts", "versions", id],
    queryFn: ({ pageParam }) => answerOf(app.GET("/app/api/scripts/{id}/versions", { params: { path: { id }, query: { ...(pageParam && { before: pageParam }) } } })),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.next_cursor === null ? null : Number(page.next_cursor)),
  });

/** A version with its code, which never changes. */
export const versionQuery = (id: number, version: number) =>
  queryOptions({
    queryKey: ["scripts", "version", id, version],
    queryFn: () => answerOf(app.GET("/app/api/scripts/{id}/versions/{version}", { params: { path: { id, version } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function saveScript(name: string, code: string, isShared: boolean): Promise<ScriptDetails> {
  return answerOf(app.POST("/app/api/scripts", { body: { name, code, is_shared: isShared } }));
}

export function saveVersion(id: number, code: string, after: number): Promise<ScriptDetails> {
  return answerOf(app.POST("/app/api/scripts/{id}/versions", { params: { path: { id } }, body: { code, after } }));
}

export function changeScript(id: number, body: { name?: string; is_shared?: boolean }): Promise<Script> {
  return answerOf(app.PATCH("/app/api/scripts/{id}", { params: { path: { id } }, body }));
}

export function deleteScript(id: number): Promise<Script> {
  return answerOf(app.DELETE("/app/api/scripts/{id}", { params: { path: { id } } }));
}

/** The latest runs of a script, or of everything that one has run. */
export const scriptRunsQuery = (scriptId: number | null, limit = 8) =>
  queryOptions({
    queryKey: ["script-runs", "list", scriptId, limit],
    queryFn: async () => (await answerOf(app.GET("/app/api/script-runs", { params: { query: { limit, ...(scriptId !== null && { script_id: scriptId }) } } }))).items,
    // Schedules begin some, too.
    refetchInterval: ({ state }) => (state.data?.some(({ status }) => status !== "ended") ? 2000 : 10_000),
  });

export const scriptRunQuery = (id: string) => queryOptions({ queryKey: ["script-runs", "one", id], queryFn: () => answerOf(app.GET("/app/api/script-runs/{id}", { params: { path: { id } } })) });

/** Runs code; what has a default may be left out, which the generated type does not say. */
export function runScript(body: Partial<ScriptToRun>): Promise<ScriptRun> {
  return answerOf(app.POST("/app/api/script-runs", { body: body as ScriptToRun }));
}

/** Returns what a run has written after a position, and waits for it while there is none. */
export function readOutput(id: string, after: number, signal: AbortSignal): Promise<ScriptOutput> {
  return answerOf(app.GET("/app/api/script-runs/{id}/output", { params: { path: { id }, query: { after, wait: WAIT_SECONDS } }, signal }));
}

export function stopScript(id: string): Promise<ScriptRun> {
  return answerOf(app.POST("/app/api/script-runs/{id}/stop", { params: { path: { id } } }));
}

/** What a rehearsal that has ended would change. */
export const rehearsedQuery = (id: string) =>
  queryOptions({ queryKey: ["script-runs", "changes", id], queryFn: () => answerOf(app.GET("/app/api/script-runs/{id}/changes", { params: { path: { id } } })), staleTime: Number.POSITIVE_INFINITY });

export function applyRehearsal(id: string): Promise<ScriptRun> {
  return answerOf(app.POST("/app/api/script-runs/{id}/apply", { params: { path: { id } } }));
}

/** The actions that a run has called, the newest first; more come while it runs. */
export const callsQuery = (runId: string, isRunning: boolean) =>
  queryOptions({
    queryKey: ["runs", "of-script", runId],
    queryFn: () => answerOf(app.GET("/app/api/runs", { params: { query: { script_run_id: runId, limit: MAX_CALLS } } })),
    refetchInterval: isRunning ? 1500 : false,
  });

/** One's schedules; for admins those of everybody. */
export const schedulesQuery = queryOptions({
  queryKey: ["schedules"],
  queryFn: async () => (await answerOf(app.GET("/app/api/script-schedules"))).items,
});

export function addSchedule(body: NewSchedule): Promise<ScriptSchedule> {
  return answerOf(app.POST("/app/api/script-schedules", { body }));
}

export function changeSchedule(id: number, body: ScheduleChanges): Promise<ScriptSchedule> {
  return answerOf(app.PATCH("/app/api/script-schedules/{id}", { params: { path: { id } }, body }));
}

export function deleteSchedule(id: number): Promise<ScriptSchedule> {
  return answerOf(app.DELETE("/app/api/script-schedules/{id}", { params: { path: { id } } }));
}
