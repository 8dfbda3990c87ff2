import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Clock, Plus, Search, Users } from "lucide-react";
import { type ReactNode, useDeferredValue, useState } from "react";
import { type Script, type ScriptSchedule, schedulesQuery, scriptsQuery } from "../api/editor";
import { type Formats, useFormats } from "../shell/format";
import { texts } from "../texts";
import { Button, buttonClasses, Dialog, Failure, Input, Line, ScriptRow, scriptRowClass, SideHint, SideList, sideItemClass, SideTitle, SkeletonRows, Stack, State } from "../ui";
import { draftsOf } from "./drafts";
import { EXAMPLES, type Example } from "./examples";
import { whenOf } from "./times";
import { useOwner } from "./useSource";

const t = texts.editorPage;

interface ListProps {
  current: number | null;
  /** Whether what is open differs from what is saved. */
  isEdited: boolean;
  onExample: (example: Example) => void;
}

/** Returns the line below the name of a script: how its schedule went, when it runs, or its version. */
function detailOf(script: Script, schedules: ScriptSchedule[], formats: Formats): string {
  const failed = schedules.find(({ last_run: last }) => last?.outcome && last.outcome !== "finished")?.last_run;
  if (failed?.outcome) return `${t.outcomes[failed.outcome]}, ${formats.recent(failed.time)}`;
  const running = schedules.find(({ is_on }) => is_on);
  if (running) return whenOf(running);
  if (!script.can_change) return t.sharedBy(script.owner.name);
  return `${t.version(script.version)}, ${formats.recent(script.update_time)}`;
}

function Row({ script, schedules, isEdited, isCurrent }: { script: Script; schedules: ScriptSchedule[]; isEdited: boolean; isCurrent: boolean }): ReactNode {
  const formats = useFormats();
  const hasFailed = schedules.some(({ last_run: last }) => last?.outcome && last.outcome !== "finished");
  const mark = (
    <>
      {schedules.some(({ is_on }) => is_on) && <Clock size={14} strokeWidth={1.75} role="img" aria-label={t.scheduled} />}
      {script.is_shared && <Users size={14} strokeWidth={1.75} role="img" aria-label={t.shared} />}
      {isEdited ? (
        <State tone="accent">
          <span className="visually-hidden">{t.unsavedDot}</span>
        </State>
      ) : (
        hasFailed && (
          <State tone="lost">
            <span className="visually-hidden">{t.outcomes.failed}</span>
          </State>
        )
      )}
    </>
  );
  return (
    <Link to="/editor/$id" params={{ id: String(script.id) }} className={scriptRowClass} aria-current={isCurrent || undefined} title={script.name}>
      <ScriptRow name={script.name} mark={mark} detail={detailOf(script, schedules, formats)} />
    </Link>
  );
}

function Entries({ text, current, isEdited }: { text: string; current: number | null; isEdited: boolean }): ReactNode {
  const owner = useOwner();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(scriptsQuery(text));
  const schedules = useQuery(schedulesQuery);
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows count={3} />;
  const scripts = data.pages.flatMap(({ items }) => items);
  if (scripts.length === 0) return <SideHint>{text ? t.none : t.noneYet}</SideHint>;
  const drafts = draftsOf(owner);
  return (
    <div>
      {scripts.map((script) => (
        <Row
          key={script.id}
          script={script}
          schedules={(schedules.data ?? []).filter((one) => one.script_id === script.id)}
          isEdited={script.id === current ? isEdited : drafts.has(script.id)}
          isCurrent={script.id === current}
        />
      ))}
      {hasNextPage && (
        <Button tone="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </div>
  );
}

function Lists({ current, isEdited, onExample }: ListProps): ReactNode {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  return (
    <Stack gap={3}>
      <Stack gap={2}>
        <Line between>
          <SideTitle>{t.scripts}</SideTitle>
          <Link to="/editor" className={buttonClasses({ tone: "quiet", size: "small", iconOnly: true })} aria-label={t.newScript} title={t.newScript}>
            <Plus size={16} strokeWidth={1.75} aria-hidden />
          </Link>
        </Line>
        <Input inBar icon={Search} type="search" aria-label={t.find} placeholder={t.findHint} maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
        <Entries text={asked} current={current} isEdited={isEdited} />
      </Stack>
      <div role="group" aria-label={t.examples}>
        <SideTitle>{t.examples}</SideTitle>
        {EXAMPLES.map((example) => (
          <button key={example.name} type="button" className={sideItemClass} onClick={() => onExample(example)}>
            <span>{example.name}</span>
          </button>
        ))}
      </div>
    </Stack>
  );
}

/** One's scripts and those that others share, and examples, at the left of the page. */
export function ScriptList(props: ListProps): ReactNode {
  return (
    <SideList label={t.scripts}>
      <Lists {...props} />
    </SideList>
  );
}

/** The same where there is no room beside the page. */
export function ScriptDialog({ open, onClose, ...props }: ListProps & { open: boolean; onClose: () => void }): ReactNode {
  return (
    <Dialog open={open} onClose={onClose} title={t.all}>
      <Lists
        {...props}
        onExample={(example) => {
          onClose();
          props.onExample(example);
        }}
      />
    </Dialog>
  );
}
