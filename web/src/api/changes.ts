/**
 * The changes of records, as they happen: one stream for all tabs of a browser, which open no more than six connections to a host.
 *
 * The tab that holds a lock listens and tells the others. When it is closed, another one gets the lock and goes on after the
 * last change that it was told of. Browsers have locks in secure contexts only (TLS, or this machine): without them the tabs in sight
 * listen, each for itself.
 */
import type { QueryClient } from "@tanstack/react-query";
import { sessionQuery } from "./session";

/** A change of a record; `null` when there may have been any. */
export type Change = { object: string; id: number | string; action: string } | null;

interface Told {
  position: string;
  changes: Change[];
}

/** Pages read anew at most so often. */
const PAUSE_MS = 150;
const RETRY_MS = 3000;

type Listener = (changes: Change[]) => void;
const listeners = new Set<Listener>();

/** Calls a function with the changes that this tab is told of; returns what ends that. */
export function onChanges(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Reads the events of the server until `signal` ends it, from a position on, again and again after breaks. */
function listen(start: string, signal: AbortSignal, tell: (told: Told) => void, onRefused: () => void): void {
  let position = start;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  const connect = (): void => {
    source = new EventSource(`/app/api/changes${position && `?after=${position}`}`);
    const take = (event: MessageEvent<string>, changes: Change[]): void => {
      position = event.lastEventId || position;
      tell({ position, changes });
    };
    source.addEventListener("ready", (event) => take(event, []));
    source.addEventListener("change", (event) => take(event, [JSON.parse(event.data) as Change]));
    source.addEventListener("reset", (event) => take(event, [null]));
    source.addEventListener("error", () => {
      // The browser tries again by itself, but not after an answer that is no stream.
      if (source?.readyState !== EventSource.CLOSED) return;
      onRefused();
      timer = setTimeout(connect, RETRY_MS);
    });
  };
  connect();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    source?.close();
  });
}

/** What a tab that has just been opened sends: it asks from where on it has to go on, should it be the next that listens. */
const QUESTION: Told = { position: "", changes: [] };

/** Calls `work` while this tab is the one that listens; `work` goes on until its signal. */
function whileLeading(name: string, signal: AbortSignal, work: (signal: AbortSignal) => void): void {
  if ("locks" in navigator) {
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve());
        work(signal);
      });
    // Refused only when it ends while it waits.
    void navigator.locks.request(name, { signal }, hold).catch(() => {});
    return;
  }
  let turn: AbortController | null = null;
  const follow = (): void => {
    turn?.abort();
    turn = document.visibilityState === "visible" && !signal.aborted ? new AbortController() : null;
    if (turn) work(turn.signal);
  };
  document.addEventListener("visibilitychange", follow, { signal });
  signal.addEventListener("abort", () => turn?.abort());
  follow();
}

/**
 * Follows the changes in one company as one user, so that what was read of changed records under `["records", object]` and
 * what names were looked up under `["lookups"]` is read anew; returns what ends that.
 */
export function followChanges(queries: QueryClient, company: string): () => void {
  const name = `dealwright.changes.${company}`;
  const channel = new BroadcastChannel(name);
  const end = new AbortController();
  let position = "";
  let waiting: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    const changes = waiting;
    [waiting, timer] = [[], undefined];
    refresh(queries, changes);
    for (const listener of listeners) listener(changes);
  };
  const take = (told: Told): void => {
    position = told.position || position;
    if (told.changes.length === 0) return;
    waiting.push(...told.changes);
    timer ??= setTimeout(flush, PAUSE_MS);
  };
  const tell = (told: Told): void => {
    take(told);
    channel.postMessage(told);
  };
  channel.addEventListener("message", ({ data }: MessageEvent<Told>) => {
    if (data.position) take(data);
    else if (position) channel.postMessage({ position, changes: [] } satisfies Told);
  });
  channel.postMessage(QUESTION);
  whileLeading(name, end.signal, (signal) => {
    listen(position, signal, tell, () => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey }));
  });
  return () => {
    clearTimeout(timer);
    end.abort();
    channel.close();
  };
}

/** Marks what was read of changed records as old. */
function refresh(queries: QueryClient, changes: Change[]): void {
  const objects = new Set(changes.map((change) => change?.object));
  const named = new Set(changes.filter((change) => change && change.action !== "delete").map((change) => `${change?.object} ${change?.id}`));
  const isOld = ([kind, object, id]: readonly unknown[]): boolean =>
    kind === "lookups" || (kind === "records" && (objects.has(undefined) || objects.has(String(object)))) || (kind === "names" && (objects.has(undefined) || named.has(`${object} ${id}`)));
  void queries.invalidateQueries({ predicate: ({ queryKey }) => isOld(queryKey) });
}
