import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Run } from "../api/runs";
import { texts } from "../texts";
import { LineList, lineTitleClass, RunState } from "../ui";
import { useFormats } from "./format";

/** Returns what tells a run from others of its action: the first text or number of its parameters. */
function summaryOf(run: Run): string {
  const params = (run.params ?? {}) as Record<string, unknown>;
  const { data, ...rest } = params;
  const body = data !== null && typeof data === "object" && !Array.isArray(data) ? (data as Record<string, unknown>) : {};
  const named = [body["title"], body["name"], body["subject"], body["content"]].find((value) => typeof value === "string");
  const file = Object.values(body).find((value) => value !== null && typeof value === "object" && "file" in value);
  const pair = [...Object.entries(rest), ...Object.entries(body)].find(([, value]) => typeof value === "string" || typeof value === "number");
  return String(named ?? (file as { file: unknown } | undefined)?.file ?? (pair ? `${pair[0]} ${String(pair[1])}` : run.user.name));
}

/** Runs in a line each, where there is little room. */
export function RunLines({ runs }: { runs: Run[] }): ReactNode {
  const formats = useFormats();
  return (
    <LineList
      label={texts.runPages.title}
      lines={runs.map((run) => ({
        key: run.id,
        start: <time dateTime={run.start_time}>{formats.recent(run.start_time)}</time>,
        title: (
          <Link to="/runs/$id" params={{ id: run.id }} className={lineTitleClass}>
            {summaryOf(run)}
          </Link>
        ),
        end: <RunState status={run.status} httpStatus={run.http_status} />,
      }))}
    />
  );
}
