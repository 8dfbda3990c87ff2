/** Answers as pages show them. */
import type { ReactNode } from "react";
import type { RanRun } from "../api/runs";
import { texts } from "../texts";
import { RunState, type ShownAnswer } from "../ui";
import type { Formats } from "./format";

/** Returns the answer of a run, or the body of a refusal; null when none came. */
export function shownAnswer({ answer, failure }: RanRun, formats: Formats): ShownAnswer | null {
  if (answer) return { encoding: answer.encoding, body: answer.body, headers: answer.headers, size: formats.size(answer.size), isCut: answer.is_cut };
  if (failure === null || failure === undefined) return null;
  return { encoding: typeof failure === "string" ? "text" : "json", body: failure, headers: {}, size: "", isCut: false };
}

/** How a call went: status, time, cost, what is left of the limits. */
export function RunFacts({ ran, formats }: { ran: RanRun; formats: Formats }): ReactNode {
  const { run } = ran;
  const { "x-ratelimit-remaining": left, "x-ratelimit-limit": of, "x-ratelimit-reset": reset } = run.rate_headers;
  return (
    <>
      <RunState status={run.status} httpStatus={run.http_status} long />
      {run.duration_ms !== null && <span>{formats.duration(run.duration_ms)}</span>}
      {run.cost !== null && <span>{texts.actionPage.tokens(run.cost)}</span>}
      {left && of && (
        <span title="x-ratelimit-remaining, x-ratelimit-limit, x-ratelimit-reset">{texts.actionPage.limit(formats.number(Number(left)), formats.number(Number(of)), reset ?? "")}</span>
      )}
    </>
  );
}
