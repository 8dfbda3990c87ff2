import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileDiff, Zap } from "lucide-react";
import type { ReactNode } from "react";
import { callsQuery, type RehearsedChanges, rehearsedQuery, type ScriptRun } from "../api/editor";
import { headOf, membersOf } from "../shell/changes";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { ChangeCard, Empty, Failure, LineList, lineTitleClass, linkClass, Notice, Results, RunState, SkeletonRows, Tag, Text } from "../ui";
import { RunLink } from "./Outcome";

const t = texts.editorPage;

/** The actions that a run has called, with what they did. */
export function Calls({ run }: { run: ScriptRun | null }): ReactNode {
  const formats = useFormats();
  const isRunning = run !== null && run.status !== "ended";
  const isReal = run?.kind === "run";
  const { data, error, refetch } = useQuery({ ...callsQuery(run?.id ?? "", isRunning), enabled: isReal });
  if (!run) return <Empty icon={Zap} title={t.noRuns}>{t.callsNoneYet}</Empty>;
  if (!isReal)
    return (
      <Results>
        <Text tone="faint">{t.callsOfCopy(run.calls)}</Text>
      </Results>
    );
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows count={3} />;
  const calls = data.items;
  return (
    <Results>
      {calls.length === 0 ? (
        <Text tone="faint">{isRunning ? t.callsNone : t.callsNoneEnded}</Text>
      ) : (
        <LineList
          label={t.calls}
          lines={calls.map((call) => ({
            key: call.id,
            start: <time dateTime={call.start_time}>{formats.time(call.start_time)}</time>,
            title: (
              <Link to="/runs/$id" params={{ id: call.id }} className={lineTitleClass}>
                <code>{call.action}</code> <Text tone="faint">{call.connection}</Text>
              </Link>
            ),
            end: (
              <>
                {call.changes > 0 && <Tag>{texts.runPages.changedCount(call.changes)}</Tag>} <RunState status={call.status} httpStatus={call.http_status} />
              </>
            ),
          }))}
        />
      )}
      {data.next_cursor !== null && <Text tone="faint">{t.callsCut(calls.length, run.calls)}</Text>}
    </Results>
  );
}

/** Returns how many records a rehearsal has deleted, as far as they are shown. */
export function deletedBy({ items }: RehearsedChanges): number {
  return items.filter(({ action }) => action === "deleted").length;
}

/** What a rehearsal would change: each record with its values before and after. */
export function Changes({ run }: { run: ScriptRun | null }): ReactNode {
  const formats = useFormats();
  const isEnded = run?.status === "ended";
  const isRehearsal = run?.kind === "rehearsal";
  const { data, error, refetch } = useQuery({ ...rehearsedQuery(run?.id ?? ""), enabled: isRehearsal && isEnded });
  if (!run) return <Empty icon={FileDiff} title={t.noRehearsal}>{t.changesNoneYet}</Empty>;
  if (!isRehearsal)
    return (
      <Results>
        {run.applies && (
          <Notice
            action={
              <RunLink scriptId={run.script_id} runId={run.applies} className={linkClass}>
                {t.rehearsal}
              </RunLink>
            }
          >
            {t.applies}
          </Notice>
        )}
        <Text tone="faint">{t.changesReal(run.changes)}</Text>
      </Results>
    );
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!isEnded) return <Results><Text tone="faint">{t.changesPending}</Text></Results>;
  if (!data) return <SkeletonRows count={3} />;
  return (
    <Results>
      {run.applied_by && (
        <Notice
          tone="won"
          action={
            <RunLink scriptId={run.script_id} runId={run.applied_by} className={linkClass}>
              {texts.runPages.seeRun}
              </RunLink>
          }
        >
          {t.applied}
        </Notice>
      )}
      {data.elsewhere.length > 0 && (
        <Notice tone="due">
          {t.elsewhere}: <code>{data.elsewhere.join(", ")}</code>
        </Notice>
      )}
      {!run.applied_by && <Text tone="faint">{t.rehearsalHint}</Text>}
      {data.items.length === 0 && <Text tone="faint">{t.changesNone}</Text>}
      {data.items.map((one) => (
        <ChangeCard key={`${one.object} ${one.id}`} {...headOf(one, !run.applied_by)} isNew={one.action === "created"} members={membersOf(one, formats)} />
      ))}
      {data.total > data.items.length && <Text tone="faint">{t.moreRecords(data.total - data.items.length)}</Text>}
    </Results>
  );
}
