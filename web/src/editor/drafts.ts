/** What was written and not saved: it stays in this browser, for its user in its company, when the page is left. */

/** Code that differs from what is saved, and the version that it was made from; 0 where there is none yet. */
export interface Draft {
  code: string;
  after: number;
}

/** Which code it is: a script's, or that of one that has no name yet. */
export type DraftOf = number | "new";

/** Whose drafts these are. */
export type Owner = { company: number; user: number };

const keyOf = ({ company, user }: Owner, of: DraftOf): string => `dealwright.editor.draft.${company}.${user}.${of}`;

const isDraft = (value: unknown): value is Draft =>
  value !== null && typeof value === "object" && "code" in value && typeof value.code === "string" && "after" in value && typeof value.after === "number";

export function readDraft(owner: Owner, of: DraftOf): Draft | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(owner, of)) ?? "null");
    return isDraft(value) ? value : null;
  } catch {
    // Storage may be forbidden, or what is there of another version of the app.
    return null;
  }
}

/** Keeps a draft, or removes it. */
export function keepDraft(owner: Owner, of: DraftOf, draft: Draft | null): void {
  try {
    if (draft) localStorage.setItem(keyOf(owner, of), JSON.stringify(draft));
    else localStorage.removeItem(keyOf(owner, of));
  } catch {
    // Storage may be forbidden or full; the draft lasts as long as the page.
  }
}

/** Returns the scripts that have drafts. */
export function draftsOf({ company, user }: Owner): Set<number> {
  const start = `dealwright.editor.draft.${company}.${user}.`;
  try {
    return new Set(Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => Number(key.slice(start.length))));
  } catch {
    return new Set();
  }
}
