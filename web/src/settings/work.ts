import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiError } from "../api/client";
import { toApiError } from "../shell/entering";
import { toast } from "../ui";

interface Work {
  busy: boolean;
  error: ApiError | null;
  /** Does something, and keeps why it was refused. Afterwards what it has changed is read anew. */
  run: (work: () => Promise<void>, changed?: QueryKey[]) => void;
  forget: () => void;
}

/** One thing at a time that a person asks for; forms show `error`, buttons leave it to a toast. */
export function useWork({ inForm = false }: { inForm?: boolean } = {}): Work {
  const queries = useQueryClient();
  const [state, setState] = useState<{ busy: boolean; error: ApiError | null }>({ busy: false, error: null });
  const run = (work: () => Promise<void>, changed: QueryKey[] = []): void => {
    setState({ busy: true, error: null });
    work().then(
      () => {
        setState({ busy: false, error: null });
        for (const queryKey of changed) void queries.invalidateQueries({ queryKey });
      },
      (reason: unknown) => {
        const error = toApiError(reason);
        setState({ busy: false, error });
        if (!inForm) toast(error.message, { failed: true });
      },
    );
  };
  return { ...state, run, forget: () => setState({ busy: false, error: null }) };
}
