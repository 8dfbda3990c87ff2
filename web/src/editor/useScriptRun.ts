import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { readOutput, type ScriptRun } from "../api/editor";
import { type WrittenLine, withPieces } from "./output";

/** A run that is followed: its state, what it has written, and why no more of it comes, if so. */
export interface FollowedRun {
  run: ScriptRun | null;
  lines: WrittenLine[];
  isComplete: boolean;
  error: Error | null;
}

const NOTHING: FollowedRun = { run: null, lines: [], isComplete: false, error: null };

/** So long it is waited after an answer did not come, before it is asked again. */
const PAUSE_MS = 1500;

/** After so many failures in a row it is asked no more. */
const MAX_FAILURES = 5;

const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, PAUSE_MS));

/** Follows a run to its end: each answer waits on the server until there is more. */
export function useScriptRun(id: string | undefined): FollowedRun & { retry: () => void } {
  const queries = useQueryClient();
  const [attempt, setAttempt] = useState(0);
  const [followed, setFollowed] = useState<FollowedRun & { of: string }>({ ...NOTHING, of: "" });

  // Another attempt reads from the start on.
  const of = `${id} ${attempt}`;

  useEffect(() => {
    if (!id) return;
    const end = new AbortController();
    const tell = (change: (known: FollowedRun) => FollowedRun): void => setFollowed((known) => ({ ...change(known.of === of ? known : NOTHING), of }));
    const finish = (): void => {
      for (const queryKey of [["script-runs"], ["runs"], ["schedules"]]) void queries.invalidateQueries({ queryKey });
    };
    const follow = async (after: number, failures: number): Promise<void> => {
      try {
        const output = await readOutput(id, after, end.signal);
        if (end.signal.aborted) return;
        tell(({ lines }) => ({ run: output.run, lines: withPieces(lines, output.items), isComplete: output.is_complete, error: null }));
        if (output.is_complete) finish();
        else void follow(output.after, 0);
      } catch (error) {
        if (end.signal.aborted) return;
        // What the server refuses it refuses again.
        const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500;
        if (isRefused || failures + 1 >= MAX_FAILURES) return tell((known) => ({ ...known, error: error as Error }));
        await pause();
        if (!end.signal.aborted) void follow(after, failures + 1);
      }
    };
    void follow(0, 0);
    return () => end.abort();
  }, [id, of, queries]);

  // What is known of another run is not shown for this one.
  const known = followed.of === of ? followed : NOTHING;
  return { ...known, retry: () => setAttempt(attempt + 1) };
}
