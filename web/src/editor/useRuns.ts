import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { applyRehearsal, runScript, type ScriptDetails, type ScriptRun, scriptRunsQuery, stopScript } from "../api/editor";
import { texts } from "../texts";
import { toast } from "../ui";
import type { Way } from "./RunButton";

interface CodeToRun {
  code: string;
  way: Way;
  script: ScriptDetails | null;
  /** Whether the code is that of the script's version, which is run as such then. */
  version: number | null;
}

/** Begins runs and stops them; `onRun` is told which one is to be followed. */
export function useRuns(onRun: (run: ScriptRun) => void) {
  const queries = useQueryClient();
  const begun = (run: ScriptRun): void => {
    void queries.invalidateQueries({ queryKey: ["script-runs", "list"] });
    onRun(run);
  };
  const fail = async (error: Error): Promise<void> => {
    // One runs at a time: the one that does is shown, so that it can be stopped.
    const running = error instanceof ApiError && error.status === 409 ? (await queries.fetchQuery({ ...scriptRunsQuery(null), staleTime: 0 }).catch(() => [])).find(({ status }) => status !== "ended") : undefined;
    if (running) onRun(running);
    toast(running ? texts.editorPage.runAlready : error.message, { failed: true });
  };
  const start = useMutation({
    mutationFn: ({ code, way, script, version }: CodeToRun) =>
      runScript({
        kind: way === "rehearse" ? "rehearsal" : "run",
        access: way === "read" ? "read" : "all",
        ...(script && { script_id: script.id }),
        ...(script && version !== null ? { version } : { code }),
      }),
    onSuccess: begun,
    onError: fail,
  });
  const apply = useMutation({
    mutationFn: (id: string) => applyRehearsal(id),
    onSuccess: (run) => {
      void queries.invalidateQueries({ queryKey: ["script-runs"] });
      begun(run);
    },
    onError: fail,
  });
  const stop = useMutation({ mutationFn: stopScript, onError: (error) => toast(error.message, { failed: true }) });
  return { start, apply, stop };
}
