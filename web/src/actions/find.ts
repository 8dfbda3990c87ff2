/** Which actions a list shows, and what of them was found. */
import type { Action } from "../api/actions";

export interface Narrowing {
  q: string;
  effect: "all" | "reads" | "writes";
  version: "newest" | "all" | "v1" | "v2";
  deprecated: boolean;
}

export interface ActionGroup {
  name: string;
  actions: Action[];
}

/** Returns the words of a query: `create deal` finds what has both, in any order. */
export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/[\s_.]+/).filter(Boolean);
}

/** What people call what the API names by its methods. */
const SYNONYMS: Record<string, string> = { post: "add create new", put: "update change edit", patch: "update change edit", delete: "remove", get: "list read show find" };

/** Returns the text in which words are looked for. */
function searchText(action: Action): string {
  const method = action.name.split("_", 1)[0] ?? "";
  return `${action.name} ${action.summary} ${groupLabel(action.group)} ${SYNONYMS[method] ?? ""}`.toLowerCase();
}

/** Returns the name of a group in words: `DealFields` as "Deal fields". */
export function groupLabel(group: string): string {
  const words = group.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Returns the id of the title of a group, by its name in words. */
export function groupId(name: string): string {
  return `group-${name.toLowerCase().replaceAll(/\W+/g, "-")}`;
}

/** Reading before writing, writing before removing. */
const EFFECTS = ["reads", "writes", "removes"];

/** Orders actions by what they are about, then by what they do to it. */
function byPlace(one: Action, other: Action): number {
  const [about, otherAbout] = [one, other].map((action) => action.name.slice(action.name.indexOf("_"))) as [string, string];
  return Number(one.deprecated) - Number(other.deprecated) || (about < otherAbout ? -1 : about > otherAbout ? 1 : EFFECTS.indexOf(one.effect) - EFFECTS.indexOf(other.effect));
}

/** An index over the actions, made once, so that each key that is typed looks through texts alone. */
export class ActionIndex {
  private readonly texts: string[];
  private readonly newest: boolean[];

  private readonly actions: Action[];

  constructor(all: Action[]) {
    const actions = all.toSorted(byPlace);
    this.actions = actions;
    this.texts = actions.map(searchText);
    const inV2 = new Set(actions.filter((action) => action.version === "v2").map((action) => action.name));
    this.newest = actions.map((action) => action.version === "v2" || !inV2.has(action.name));
  }

  /** Returns the actions that a narrowing leaves, by groups, the largest group first. */
  find({ q, effect, version, deprecated }: Narrowing): ActionGroup[] {
    const words = wordsOf(q);
    const groups = new Map<string, Action[]>();
    this.actions.forEach((action, index) => {
      const isLeft =
        (deprecated || !action.deprecated) &&
        (effect === "all" || (effect === "reads") === (action.effect === "reads")) &&
        (version === "all" || (version === "newest" ? this.newest[index] : action.version === version)) &&
        words.every((word) => this.texts[index]?.includes(word));
      if (!isLeft) return;
      const found = groups.get(action.group);
      if (found) found.push(action);
      else groups.set(action.group, [action]);
    });
    return [...groups]
      .map(([name, found]) => ({ name: groupLabel(name), actions: found }))
      .toSorted((one, other) => other.actions.length - one.actions.length || one.name.localeCompare(other.name));
  }
}

/** Returns a text in pieces, those that were found marked. */
export function pieces(text: string, words: string[]): { text: string; found: boolean }[] {
  const lower = text.toLowerCase();
  const marked = new Uint8Array(text.length);
  for (const word of words) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) marked.fill(1, at, at + word.length);
  }
  const found: { text: string; found: boolean }[] = [];
  for (let start = 0; start < text.length; ) {
    let end = start + 1;
    while (end < text.length && marked[end] === marked[start]) end += 1;
    found.push({ text: text.slice(start, end), found: marked[start] === 1 });
    start = end;
  }
  return found;
}
