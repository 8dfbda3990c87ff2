import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useLocation, useRouter } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { type KeyboardEvent, memo, type MouseEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { actionsQuery } from "../api/actions";
import { SearchInput } from "../shell/SearchInput";
import { texts } from "../texts";
import {
  ActionGroupRows,
  ActionList,
  ActionRow,
  actionRowClass,
  Button,
  Empty,
  Failure,
  Main,
  Page,
  Segmented,
  Select,
  SideList,
  SkeletonRows,
  sideItemClass,
  Switch,
  ToolBar,
  TopBar,
} from "../ui";
import { type ActionGroup, ActionIndex, groupId, pieces, wordsOf } from "./find";
import { useGroupInSight } from "./useGroupInSight";

const route = getRouteApi("/shell/actions");
const t = texts.actionPages;

const NONE: ActionGroup[] = [];

/** More than the tallest screens show. */
const ROWS_AT_ONCE = 60;

/** Returns so many actions of the first groups. */
function firstOf(groups: ActionGroup[], count: number): ActionGroup[] {
  const found: ActionGroup[] = [];
  let left = count;
  for (const { name, actions } of groups) {
    if (left <= 0) break;
    found.push({ name, actions: actions.slice(0, left) });
    left -= actions.length;
  }
  return found;
}

function Marked({ text, words }: { text: string; words: string[] }): ReactNode {
  return pieces(text, words).map((piece, index) => (piece.found ? <mark key={index}>{piece.text}</mark> : piece.text));
}

const Groups = memo(function Groups({ groups, words }: { groups: ActionGroup[]; words: string[] }): ReactNode {
  return groups.map((group) => (
    <ActionGroupRows key={group.name} id={groupId(group.name)} title={group.name} count={group.actions.length}>
      {group.actions.map((action) => (
        <li key={`${action.version}.${action.name}`}>
          <a href={`/actions/${action.version}/${action.name}`} className={actionRowClass(action.deprecated)} data-row>
            <ActionRow
              effect={action.effect}
              name={<Marked text={action.name} words={words} />}
              purpose={<Marked text={action.deprecated && action.replaced_by ? t.use(action.replaced_by) : action.summary} words={words} />}
              version={action.version}
              cost={action.cost}
              deprecated={action.deprecated}
            />
          </a>
        </li>
      ))}
    </ActionGroupRows>
  ));
});

/** Follows a link of the list within the app; new tabs and windows are the browser's. The router's own links are too slow for hundreds of them at each key. */
function follow(event: MouseEvent<HTMLElement>, open: (path: string) => void): void {
  const link = (event.target as Element).closest("a");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(link.pathname);
}

/** Moves the focus between rows by the arrow keys, and from the search to the first row. */
function moveFocus(event: KeyboardEvent<HTMLElement>, search: HTMLInputElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
  const next = rows.indexOf(document.activeElement as HTMLElement) + step;
  event.preventDefault();
  if (next < 0) search?.focus();
  else rows[next]?.focus();
}

/** All actions, narrowed at each key that is typed. */
export function Actions(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const router = useRouter();
  const [q, setQ] = useState(search.q);
  const { data: actions, error, refetch } = useQuery(actionsQuery);
  const index = useMemo(() => (actions ? new ActionIndex(actions) : null), [actions]);
  const { effect, version, deprecated } = search;
  const groups = useMemo(() => index?.find({ q, effect, version, deprecated }) ?? [], [index, q, effect, version, deprecated]);
  const words = useMemo(() => wordsOf(q), [q]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // What is in sight answers the key at once; the rest of the list follows, unless another key comes before it.
  const settled = useDeferredValue(groups, NONE);
  const shown = useMemo(() => (settled === groups ? groups : firstOf(groups, ROWS_AT_ONCE)), [settled, groups]);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLElement>(null);
  const hash = useLocation({ select: (location) => location.hash });
  const inSight = useGroupInSight(list, shown, shown === groups && groups.length > 0, hash);
  const sideList = useRef<HTMLUListElement>(null);
  const inSightName = inSight.name;
  useEffect(() => {
    if (inSightName) sideList.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [inSightName]);
  const count = groups.reduce((sum, group) => sum + group.actions.length, 0);

  // The address follows what is typed, once it rests.
  useEffect(() => {
    if (q === search.q) return undefined;
    timer.current = setTimeout(() => void navigate({ search: (old) => ({ ...old, q }), replace: true }), 250);
    return () => clearTimeout(timer.current);
  }, [q, search.q, navigate]);

  const narrow = (change: Partial<typeof search>): void => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });

  /** Goes to a group; the address has it, for whoever it is sent to. */
  const goToGroup = (name: string): void => {
    inSight.goTo(name);
    void navigate({ search: (old) => old, hash: groupId(name), replace: true, hashScrollIntoView: false, resetScroll: false });
  };

  /** Opens an action; the address that one comes back to has what was typed, however quickly. */
  const open = async (path: string): Promise<void> => {
    clearTimeout(timer.current);
    if (q !== search.q) await navigate({ search: (old) => ({ ...old, q }), replace: true });
    router.history.push(path);
  };

  return (
    <Page title={t.title}>
      <TopBar title={t.title} count={index ? count : undefined} />
      <ToolBar
        end={<Switch label={t.deprecated} checked={deprecated} onChange={(event) => narrow({ deprecated: event.target.checked })} />}
        narrowedBy={Number(effect !== "all") + Number(version !== "newest") + Number(!deprecated)}
        small={groups.length > 0 && <Select inBar label={t.groups} value={inSight.name} onChange={goToGroup} options={groups.map(({ name, actions: { length } }) => ({ value: name, label: name, detail: String(length) }))} />}
        search={
          <SearchInput
            ref={input}
            label={t.filter}
            hint={t.filterHint}
            value={q}
            onChange={(typed) => {
              setQ(typed);
              list.current?.scrollTo(0, 0);
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown") {
                event.preventDefault();
                document.querySelector<HTMLElement>("[data-row]")?.focus();
              } else if (event.key === "Escape") setQ("");
            }}
          />
        }
      >
        <Segmented
          label={t.effect}
          value={effect}
          onChange={(value) => narrow({ effect: value })}
          options={[
            { value: "all", label: t.all },
            { value: "reads", label: texts.effects.reads },
            { value: "writes", label: texts.effects.writes },
          ]}
        />
        <Select
          inBar
          label={t.version}
          value={version}
          onChange={(value) => narrow({ version: value })}
          options={[
            { value: "newest", label: t.versions.newest },
            { value: "all", label: t.versions.all },
            { value: "v2", label: t.versions.v2 },
            { value: "v1", label: t.versions.v1 },
          ]}
        />
      </ToolBar>
      <Main layout="split">
        {error ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : !index ? (
          <SkeletonRows />
        ) : (
          <>
            <SideList label={t.groups}>
              <ul ref={sideList}>
                {groups.map((group) => (
                  <li key={group.name}>
                    <button type="button" className={sideItemClass} aria-current={group.name === inSight.name || undefined} onClick={() => goToGroup(group.name)}>
                      <span>{group.name}</span>
                      <small>{group.actions.length}</small>
                    </button>
                  </li>
                ))}
              </ul>
            </SideList>
            <ActionList ref={list} label={t.title} onScroll={inSight.onScroll}>
              {count === 0 ? (
                <Empty
                  icon={SearchX}
                  title={t.nothing}
                  action={
                    <Button
                      onClick={() => {
                        setQ("");
                        narrow({ q: "", effect: "all", version: "newest", deprecated: true });
                      }}
                    >
                      {t.showAll}
                    </Button>
                  }
                >
                  {t.nothingHint}
                </Empty>
              ) : (
                // The arrow keys move between the links in it, which the keyboard follows by clicks.
                // oxlint-disable-next-line no-static-element-interactions, click-events-have-key-events
                <div onKeyDown={(event) => moveFocus(event, input.current)} onClick={(event) => follow(event, (path) => void open(path))}>
                  <Groups groups={shown} words={words} />
                </div>
              )}
            </ActionList>
          </>
        )}
      </Main>
    </Page>
  );
}
