import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Play, SearchX, SquarePen, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { actionQuery } from "../api/actions";
import { ApiError } from "../api/client";
import { type RunDetails, ranQuery, runAgain, runCodeQuery, runQuery } from "../api/runs";
import { RunFacts, shownAnswer } from "../shell/answers";
import { useFormats } from "../shell/format";
import { useUndo } from "../shell/undoing";
import { texts } from "../texts";
import { Answer, Button, buttonClasses, CallBox, Confirm, Empty, Failure, linkClass, Main, Notice, Page, Pane, Panes, RunState, Section, SkeletonRows, Stack, toast, TopBar, WideOnly } from "../ui";
import { RunChanges } from "./RunChanges";
import { RunParams } from "./RunParams";
import { RunSide } from "./RunSide";

const route = getRouteApi("/shell/runs/$id");
const t = texts.runPages;

const isCall = (run: RunDetails): boolean => run.version === "v1" || run.version === "v2";
const nameOf = (run: RunDetails): string => (isCall(run) ? run.action : t.undoing);

/** Takes a run back; says in words why not. */
function Undo({ run }: { run: RunDetails }): ReactNode {
  const [isAsking, setIsAsking] = useState(false);
  const undo = useUndo(run.id);
  const takeBack = (): void => undo.mutate(undefined, { onSettled: () => setIsAsking(false) });
  if (run.changes === 0 || run.undone_by) return null;
  return (
    <>
      <Button icon={Undo2} aria-label={t.undo.button} busy={undo.isPending} onClick={() => setIsAsking(true)}>
        <WideOnly>{t.undo.button}</WideOnly>
      </Button>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title={t.undo.title} action={t.undo.confirm} tone="primary" busy={undo.isPending} onConfirm={takeBack}>
        <p>{t.undo.text(t.changedCount(run.records.length))}</p>
      </Confirm>
      <Confirm open={undo.error !== null} onClose={undo.reset} title={t.undo.refused} action={texts.actions.retry} tone="primary" onConfirm={takeBack}>
        <p>{undo.error?.message}</p>
      </Confirm>
    </>
  );
}

/** Runs the same again; what removes asks first. */
function Again({ run }: { run: RunDetails }): ReactNode {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const action = useQuery({ ...actionQuery(run.version as "v1" | "v2", run.action), enabled: isCall(run) });
  const again = useMutation({
    mutationFn: () => runAgain(run.id),
    onSuccess: async (ran) => {
      queries.setQueryData(ranQuery(ran.run.id).queryKey, ran);
      void queries.invalidateQueries({ queryKey: ["runs", "list"] });
      const isDone = ran.run.status === "ok";
      toast(isDone ? t.againDone : t.againFailed, { failed: !isDone });
      await navigate({ to: "/runs/$id", params: { id: ran.run.id } });
    },
    onError: (error) => toast(error.message, { failed: true }),
    onSettled: () => setIsAsking(false),
  });
  if (!isCall(run)) return null;
  return (
    <>
      <Link to="/actions/$version/$name" params={{ version: run.version, name: run.action }} search={{ run: run.id }} className={buttonClasses({})} aria-label={t.change} title={t.againWith}>
        <SquarePen size={16} strokeWidth={1.75} aria-hidden />
        <WideOnly>{t.change}</WideOnly>
      </Link>
      {run.can_repeat && (
        <Button tone="primary" icon={Play} busy={again.isPending} disabled={!action.data} onClick={() => (action.data?.effect === "removes" ? setIsAsking(true) : again.mutate())}>
          {t.again}
        </Button>
      )}
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title={t.again} action={t.again} busy={again.isPending} onConfirm={() => again.mutate()}>
        <p>{t.againRemoves}</p>
      </Confirm>
    </>
  );
}

function RunNotices({ run }: { run: RunDetails }): ReactNode {
  const link = (id: string): ReactNode => (
    <Link to="/runs/$id" params={{ id }} className={linkClass}>
      {t.seeRun}
    </Link>
  );
  const hint = (t.statusHints as Record<string, string>)[run.status];
  return (
    <>
      {run.error && <Notice tone="lost">{run.error.message}</Notice>}
      {hint && <Notice tone={run.status === "failed" ? "plain" : "due"}>{hint}</Notice>}
      {run.undone_by && <Notice action={link(run.undone_by)}>{t.undoneBy}</Notice>}
      {run.undoes && <Notice action={link(run.undoes)}>{t.undoes}</Notice>}
    </>
  );
}

function Loaded({ run }: { run: RunDetails }): ReactNode {
  const formats = useFormats();
  const ran = useQuery(ranQuery(run.id));
  const code = useQuery({ ...runCodeQuery(run.id), enabled: isCall(run), retry: false });
  return (
    <Panes>
      <Pane label={nameOf(run)} scroll={false}>
        <Pane label={t.thisRun} foot={code.data && <CallBox call={code.data} />}>
          <Stack gap={6}>
            <RunNotices run={run} />
            <RunChanges run={run} />
            {isCall(run) && <RunParams run={run} />}
            {ran.data && shownAnswer(ran.data, formats) && (
              <Section title={t.answer}>
                <Answer framed answer={shownAnswer(ran.data, formats)} meta={<RunFacts ran={ran.data} formats={formats} />} />
              </Section>
            )}
          </Stack>
        </Pane>
      </Pane>
      <Pane width="side" label={t.thisRun}>
        <RunSide run={run} />
      </Pane>
    </Panes>
  );
}

/** One run: what it changed, with which parameters, how it ended; the way back, and once more. */
export function RunPage(): ReactNode {
  const { id } = route.useParams();
  const { data: run, error, refetch } = useQuery(runQuery(id));
  const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <Page title={run ? nameOf(run) : t.title}>
      <TopBar
        path={[{ label: t.title, link: { to: "/runs" } }]}
        title={run ? isCall(run) ? <code>{run.action}</code> : t.undoing : ""}
        after={
          run && (
            <WideOnly>
              <RunState status={run.status} httpStatus={run.http_status} />
            </WideOnly>
          )
        }
      >
        {run && <Undo run={run} />}
        {run && <Again run={run} />}
      </TopBar>
      <Main layout="bare">
        {run ? (
          <Loaded key={run.id} run={run} />
        ) : isMissing ? (
          <Empty icon={SearchX} title={t.no}>
            {t.noHint}
          </Empty>
        ) : error ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : (
          <SkeletonRows />
        )}
      </Main>
    </Page>
  );
}
