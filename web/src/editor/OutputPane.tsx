import { useQuery } from "@tanstack/react-query";
import { Eraser, Play } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { rehearsedQuery, type ScriptRun, scriptRunsQuery } from "../api/editor";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { Badge, Button, CopyButton, Empty, IconButton, Line, LineList, lineTitleClass, Notice, OutputLines, Results, Section, Tabs, Text, WideOnly } from "../ui";
import { OutcomeState, RunLink } from "./Outcome";
import { Calls, Changes, deletedBy } from "./RunResults";
import type { FollowedRun } from "./useScriptRun";

const t = texts.editorPage;

type Tab = "output" | "calls" | "changes";

/** The latest runs of a script, where no output is shown. */
function LastRuns({ scriptId }: { scriptId: number | null }): ReactNode {
  const formats = useFormats();
  const { data } = useQuery(scriptRunsQuery(scriptId));
  const runs = scriptId === null ? data?.filter((run) => run.script_id === null) : data;
  if (!runs || runs.length === 0) return <Empty icon={Play} title={t.noRuns}>{t.outputNoneYet}</Empty>;
  return (
    <Results>
      <Section title={t.lastRuns}>
        <LineList
          label={t.lastRuns}
          lines={runs.map((run) => ({
            key: run.id,
            start: <time dateTime={run.start_time}>{formats.recent(run.start_time)}</time>,
            title: (
              <RunLink scriptId={scriptId} runId={run.id} className={lineTitleClass}>
                {[run.kind === "rehearsal" ? t.rehearsal : t.run, run.version !== null && t.version(run.version), run.schedule_id !== null && t.bySchedule, t.by(run.user.name)].filter(Boolean).join(" · ")}
              </RunLink>
            ),
            end: <OutcomeState status={run.status} outcome={run.outcome} />,
          }))}
        />
      </Section>
    </Results>
  );
}

function Output({ followed, scriptId, runId }: { followed: FollowedRun & { retry: () => void }; scriptId: number | null; runId: string | undefined }): ReactNode {
  const formats = useFormats();
  const { run, lines, isComplete, error } = followed;
  const shown = useMemo(() => lines.map(({ time, text, isError }) => ({ time: formats.clock(time), text, isError })), [lines, formats]);
  if (!runId) return <LastRuns scriptId={scriptId} />;
  if (error)
    return (
      <Results>
        <Notice tone="lost" action={<Button size="small" onClick={followed.retry}>{texts.actions.retry}</Button>}>
          {run ? error.message : `${t.runGone}. ${error.message}`}
        </Notice>
      </Results>
    );
  // What Python has said of an error stands there already.
  const isTold = run?.outcome === "failed" && lines.some(({ isError }) => isError);
  const hint = run?.outcome && !isTold ? (run.error ?? t.outcomeHints[run.outcome]) : "";
  const isFailure = run?.outcome !== "finished" && run?.outcome !== "stopped";
  const foot = hint ? <Notice tone={isFailure ? "lost" : "due"}>{hint}</Notice> : isComplete && lines.length === 0 && <Text tone="faint">{t.outputNone}</Text>;
  return <OutputLines label={t.output} lines={shown} foot={foot} />;
}

interface PaneProps {
  followed: FollowedRun & { retry: () => void };
  runId: string | undefined;
  scriptId: number | null;
  busy: boolean;
  onApply: (run: ScriptRun, asks: string | null) => void;
  onClear: () => void;
}

/** What comes of a run: its output, the actions that it has called, and what it changes. */
export function OutputPane({ followed, runId, scriptId, busy, onApply, onClear }: PaneProps): ReactNode {
  const formats = useFormats();
  const [chosen, setChosen] = useState<{ of: string; tab: Tab } | null>(null);
  const { run, lines } = followed;
  const isRehearsed = run?.kind === "rehearsal" && run.status === "ended";
  const rehearsed = useQuery({ ...rehearsedQuery(run?.id ?? ""), enabled: isRehearsed });
  const total = isRehearsed ? (rehearsed.data?.total ?? 0) : (run?.changes ?? 0);
  // What a rehearsal is made for is shown as soon as it is there; what one chooses is kept until then.
  const isDone = isRehearsed && run.outcome === "finished";
  const of = `${runId} ${isDone}`;
  const tab = chosen?.of === of ? chosen.tab : isDone ? "changes" : "output";
  const apply = (): void => {
    if (!run) return;
    const changes = rehearsed.data;
    const deleted = changes ? deletedBy(changes) : 0;
    const isCut = changes !== undefined && changes.total > changes.items.length;
    onApply(run, deleted > 0 ? t.applyDeletes(texts.runPages.changedCount(deleted)) : isCut ? t.applyMany : null);
  };
  const label = (name: string, count: number): ReactNode => (
    <>
      {name}
      {count > 0 && <Badge>{formats.number(count)}</Badge>}
    </>
  );
  const outcome = run && <OutcomeState status={run.status} outcome={run.outcome} />;
  return (
    <Tabs
      label={t.panes}
      value={tab}
      onChange={(to) => setChosen({ of, tab: to })}
      items={[
        { value: "output", label: t.output, panel: <Output followed={followed} scriptId={scriptId} runId={runId} /> },
        { value: "calls", label: label(t.calls, run?.calls ?? 0), panel: <Calls run={run} /> },
        { value: "changes", label: label(t.changes, total), panel: <Changes run={run} /> },
      ]}
      end={
        <>
          <Line role="status">
            {run && <WideOnly>{[run.kind === "rehearsal" && t.rehearsal, run.access === "read" && t.accessRead].filter(Boolean).join(", ")}</WideOnly>}
            {run && (run.can_apply ? <WideOnly>{outcome}</WideOnly> : outcome)}
          </Line>
          {run?.duration_ms != null && <WideOnly>{formats.duration(run.duration_ms)}</WideOnly>}
          {run?.can_apply && (
            <Button size="small" tone="primary" busy={busy} disabled={!rehearsed.data} onClick={apply}>
              {t.apply}
            </Button>
          )}
          {lines.length > 0 && tab === "output" && (
            <WideOnly>
              <CopyButton iconOnly text={lines.map(({ text }) => text).join("\n")} />
            </WideOnly>
          )}
          {runId && (
            <WideOnly>
              <IconButton icon={Eraser} tone="quiet" size="small" label={t.clear} onClick={onClear} />
            </WideOnly>
          )}
        </>
      }
    />
  );
}
