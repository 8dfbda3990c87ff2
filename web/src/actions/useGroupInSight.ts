/** Which group of a long list is in sight, and going to one. */
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { type ActionGroup, groupId } from "./find";

interface GroupInSight {
  /** The name of the group at the top of the list. */
  name: string | null;
  goTo: (name: string) => void;
  /** To be called when the list was scrolled. */
  onScroll: () => void;
}

const titleOf = (name: string): HTMLElement | null => document.getElementById(groupId(name));

/** Follows the groups of the list; `hash` is the id of the one with which it begins, once `isComplete`. */
export function useGroupInSight(list: RefObject<HTMLElement | null>, groups: ActionGroup[], isComplete: boolean, hash: string): GroupInSight {
  const [seen, setSeen] = useState<string | null>(null);
  const wentAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const reached = useRef("");

  const goTo = useCallback((name: string): void => {
    wentAt.current = performance.now();
    setSeen(name);
    const title = titleOf(name);
    if (!title) return;
    reached.current = title.id;
    title.parentElement?.scrollIntoView();
  }, []);

  const look = (): void => {
    // The last groups never come to the top: the one that was gone to stays.
    if (!list.current || performance.now() - wentAt.current < 300) return;
    const top = list.current.getBoundingClientRect().top + 1;
    setSeen(groups.findLast(({ name }) => (titleOf(name)?.parentElement?.getBoundingClientRect().top ?? top + 1) <= top)?.name ?? null);
  };

  const onScroll = (): void => {
    look();
    // Groups that come into sight get their true heights, which moves the others without a scroll.
    clearTimeout(timer.current);
    timer.current = setTimeout(look, 100);
  };

  const wanted = isComplete ? groups.find(({ name }) => groupId(name) === hash)?.name : undefined;
  useEffect(() => {
    if (wanted && reached.current !== hash) goTo(wanted);
  }, [wanted, hash, goTo]);

  const isThere = groups.some(({ name }) => name === seen);
  return { name: isThere ? seen : (groups[0]?.name ?? null), goTo, onScroll };
}
