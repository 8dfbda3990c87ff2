import { useCallback, useMemo, useState } from "react";
import type { ScriptDetails } from "../api/editor";
import { useSession } from "../api/session";
import { keepDraft, type Owner, readDraft } from "./drafts";
import { FIRST } from "./examples";

/** The code that is edited, as it was left if it is not saved. */
export interface EditedSource {
  code: string;
  /** Whether it differs from what is saved. */
  isEdited: boolean;
  /** The version that it was made from. */
  after: number;
  change: (code: string) => void;
  /** Goes over to a version that was saved just now, or gives up what was not saved. */
  accept: () => void;
}

/** Returns whose drafts this browser keeps now. */
export function useOwner(): Owner {
  const { company, user } = useSession();
  return useMemo(() => ({ company: company.id, user: user.id }), [company.id, user.id]);
}

/** Keeps the code of a script, or of one that has no name yet, through leaving and coming back. */
export function useSource(script: ScriptDetails | null): EditedSource {
  const owner = useOwner();
  const of = script?.id ?? "new";
  const saved = script?.code ?? FIRST;
  const [draft, setDraft] = useState(() => readDraft(owner, of));
  const keep = useCallback(
    (next: typeof draft): void => {
      setDraft(next);
      keepDraft(owner, of, next);
    },
    [owner, of],
  );
  const after = draft?.after ?? script?.version ?? 0;
  return {
    code: draft?.code ?? saved,
    isEdited: draft !== null && draft.code !== saved,
    after,
    // What was changed back to what is saved is no draft, unless others have saved since.
    change: (code) => keep(code === saved ? null : { code, after }),
    accept: () => keep(null),
  };
}
