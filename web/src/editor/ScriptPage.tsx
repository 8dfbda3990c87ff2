import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, Clock, ListIcon, Save } from "lucide-react";
import { lazy, type ReactNode, Suspense, useRef, useState } from "react";
import { type EditorState, MAX_CODE_LENGTH, type ScriptCode, type ScriptDetails } from "../api/editor";
import { useKeys } from "../shell/keys";
import { texts } from "../texts";
import { Button, Confirm, IconButton, Main, Notice, Page, SkeletonRows, SmallOnly, Text, toast, TopBar, WideOnly, Workbench } from "../ui";
import type { CodeEditorHandle } from "../ui/code-editor/CodeEditor";
import { keepDraft, readDraft } from "./drafts";
import { type Example, EXAMPLES } from "./examples";
import { Facts } from "./Facts";
import { InsertCall } from "./InsertCall";
import { OutputPane } from "./OutputPane";
import { RunButton, type Way } from "./RunButton";
import { type Conflict, ConflictDialog, NameDialog, useSaving } from "./Saving";
import { Schedules } from "./Schedules";
import { ScriptDialog, ScriptList } from "./ScriptList";
import { ScriptOptions } from "./ScriptOptions";
import type { Cursor } from "./Source";
import { useRuns } from "./useRuns";
import { useScriptRun } from "./useScriptRun";
import { useOwner, useSource } from "./useSource";
import { BringBackConfirm, Versions } from "./Versions";

const t = texts.editorPage;

// The editor of code is the largest part by far: the page around it is there before.
const Source = lazy(() => import("./Source"));

type Asking = "name" | "copy" | "versions" | "schedules" | "list" | null;

interface ScriptPageProps {
  state: EditorState;
  /** Null for one that has no name yet. */
  script: ScriptDetails | null;
  /** An earlier version that is looked at. */
  old: ScriptCode | null;
  runId: string | undefined;
}

/** The editor with a script: its code, its runs, and what one does with them. */
export function ScriptPage({ state, script, old, runId }: ScriptPageProps): ReactNode {
  const navigate = useNavigate();
  const owner = useOwner();
  const source = useSource(script);
  const editor = useRef<CodeEditorHandle>(null);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [asks, setAsks] = useState<Asking>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [example, setExample] = useState<Example | null>(null);
  const [applying, setApplying] = useState<{ id: string; text: string } | null>(null);
  const [leaving, setLeaving] = useState<number | null>(null);
  const close = (): void => setAsks(null);

  const isReadOnly = old !== null || (script !== null && !script.can_change);
  const code = old?.code ?? (isReadOnly ? (script?.code ?? "") : source.code);
  const isEdited = !isReadOnly && source.isEdited;
  const title = script?.name ?? t.untitled;

  const show = (id: number | null, search: { run?: string; version?: number }): void =>
    void (id === null ? navigate({ to: "/editor", search }) : navigate({ to: "/editor/$id", params: { id: String(id) }, search }));
  const follow = (run: { id: string }): void => show(script?.id ?? null, { run: run.id, ...(old && { version: old.version }) });
  const followed = useScriptRun(runId);
  const { start, apply, stop } = useRuns(follow);
  const isRunning = followed.run !== null && followed.run.status !== "ended";

  const saving = useSaving({
    script,
    onConflict: setConflict,
    onSaved: (saved) => {
      setConflict(null);
      source.accept();
      toast(t.saved(saved.version));
    },
  });
  const bringing = useSaving({
    script,
    onConflict: setConflict,
    onSaved: (saved) => {
      toast(t.broughtBack(old?.version ?? 0, saved.version));
      source.accept();
      setLeaving(null);
      close();
      show(saved.id, {});
    },
  });

  // Keys in the editor bring its text with them, which may be newer than what is drawn.
  const save = (text = code): void => {
    if (isReadOnly || saving.isPending) return;
    if (text.length > MAX_CODE_LENGTH) toast(t.tooLong, { failed: true });
    else if (script === null) setAsks("name");
    else if (text !== script.code) saving.mutate({ code: text, after: source.after });
  };
  const run = (way: Way, text = code): void => {
    if (isRunning || start.isPending) return;
    const saved = old ?? script;
    start.mutate({ code: text, way, script, version: saved?.code === text ? saved.version : null });
  };
  useKeys({ "mod+Enter": () => run("run"), "mod+s": () => save() });

  const takeExample = (taken: Example): void => {
    setExample(null);
    if (script === null) {
      source.change(taken.code);
      editor.current?.focus();
    } else {
      keepDraft(owner, "new", { code: taken.code, after: 0 });
      show(null, {});
    }
  };
  const chooseExample = (chosen: Example): void => {
    // What is written under no name is replaced after a question alone.
    const written = script === null ? (source.isEdited ? source.code : null) : (readDraft(owner, "new")?.code ?? null);
    if (written === null || EXAMPLES.some((one) => one.code === written)) takeExample(chosen);
    else setExample(chosen);
  };

  return (
    <Page title={title}>
      <TopBar
        title={
          <Text clip title={title}>
            {title}
          </Text>
        }
        after={
          <>
            {script && (
              <WideOnly>
                <Button tone="quiet" size="small" aria-haspopup="dialog" onClick={() => setAsks("versions")}>
                  {t.version(old?.version ?? script.version)}
                  <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
                </Button>
              </WideOnly>
            )}
            {isEdited && (
              <WideOnly>
                <Text tone="faint" small>
                  {t.edited}
                </Text>
              </WideOnly>
            )}
          </>
        }
      >
        <SmallOnly>
          <IconButton icon={ListIcon} tone="quiet" label={t.all} onClick={() => setAsks("list")} />
        </SmallOnly>
        <WideOnly>
          {!isReadOnly && <InsertCall onInsert={(text, back) => editor.current?.insert(text, back)} />}
          <Button icon={Clock} onClick={() => setAsks("schedules")}>
            {t.schedule}
          </Button>
        </WideOnly>
        {!isReadOnly && (
          <Button icon={Save} aria-label={t.save} aria-keyshortcuts="Meta+S Control+S" disabled={script !== null && !isEdited} busy={saving.isPending} onClick={() => save()}>
            <WideOnly>{t.save}</WideOnly>
          </Button>
        )}
        <ScriptOptions
          script={script}
          isEdited={isEdited}
          onVersions={() => setAsks("versions")}
          onSchedules={() => setAsks("schedules")}
          onDiscard={() => source.accept()}
          onCopy={() => setAsks("copy")}
        />
        <RunButton isRunning={isRunning} busy={start.isPending} stopping={stop.isPending} onRun={run} onStop={() => followed.run && stop.mutate(followed.run.id)} />
      </TopBar>
      <Main layout="split">
        <ScriptList current={script?.id ?? null} isEdited={isEdited} onExample={chooseExample} />
        <Workbench
          sourceLabel={t.sourcePane}
          outputLabel={t.outputPane}
          notice={
            old && script ? (
              <Notice
                action={
                  <>
                    {script.can_change && (
                      <Button size="small" busy={bringing.isPending} onClick={() => (source.isEdited ? setLeaving(old.version) : bringing.mutate({ code: old.code, after: script.version }))}>
                        {t.bringBack}
                      </Button>
                    )}
                    <Button size="small" onClick={() => show(script.id, {})}>
                      {t.back}
                    </Button>
                  </>
                }
              >
                {t.readOnlyVersion(old.version)}
              </Notice>
            ) : (
              isReadOnly && script && <Notice action={<Button size="small" onClick={() => setAsks("copy")}>{t.saveCopy}</Button>}>{t.readOnly(script.owner.name)}</Notice>
            )
          }
          source={
            <Suspense fallback={<SkeletonRows count={8} />}>
              <Source
                key={old ? `version ${old.version}` : "latest"}
                ref={editor}
                code={code}
                readOnly={isReadOnly}
                onChange={source.change}
                onCursor={setCursor}
                onRun={(text) => run("run", text)}
                onSave={save}
              />
            </Suspense>
          }
          output={
            <OutputPane
              followed={followed}
              runId={runId}
              scriptId={script?.id ?? null}
              busy={apply.isPending}
              onApply={({ id }, text) => (text === null ? apply.mutate(id) : setApplying({ id, text }))}
              onClear={() => show(script?.id ?? null, old ? { version: old.version } : {})}
            />
          }
          status={<Facts state={state} code={code} cursor={cursor} />}
        />
      </Main>
      <ScriptDialog open={asks === "list"} onClose={close} current={script?.id ?? null} isEdited={isEdited} onExample={chooseExample} />
      {(asks === "name" || asks === "copy") && (
        <NameDialog
          code={code}
          name=""
          onClose={close}
          onSaved={(saved) => {
            // What had no name is this script now; a copy leaves the other one as it is.
            if (asks === "name") source.accept();
            close();
            show(saved.id, runId && asks === "name" ? { run: runId } : {});
          }}
        />
      )}
      {asks === "versions" && script && <Versions script={script} onClose={close} />}
      {asks === "schedules" && <Schedules script={script} onClose={close} />}
      {conflict && (
        <ConflictDialog
          conflict={conflict}
          busy={saving.isPending}
          onClose={() => setConflict(null)}
          onLook={() => {
            setConflict(null);
            show(conflict.latest.id, { version: conflict.latest.version });
          }}
          onSave={() => saving.mutate({ code: source.code, after: conflict.latest.version })}
        />
      )}
      <BringBackConfirm version={leaving} busy={bringing.isPending} onClose={() => setLeaving(null)} onConfirm={() => old && script && bringing.mutate({ code: old.code, after: script.version })} />
      <Confirm open={example !== null} onClose={() => setExample(null)} title={t.exampleAsk} action={t.exampleReplace} onConfirm={() => example && takeExample(example)}>
        <p>{t.exampleHint}</p>
      </Confirm>
      <Confirm
        open={applying !== null}
        onClose={() => setApplying(null)}
        title={t.applyAsk}
        action={t.apply}
        busy={apply.isPending}
        onConfirm={() => {
          if (applying) apply.mutate(applying.id);
          setApplying(null);
        }}
      >
        <p>{applying?.text}</p>
      </Confirm>
    </Page>
  );
}
