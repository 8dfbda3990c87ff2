import { useMutation, type UseMutationResult, useQueryClient } from "@tanstack/react-query";
import { type Run, undoRun } from "../api/runs";
import { texts } from "../texts";
import { toast } from "../ui";

/** Takes a run back; afterwards what pages have read of runs and names is read anew. */
export function useUndo(runId: string): UseMutationResult<Run, Error, void> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => undoRun(runId),
    onSuccess: () => {
      toast(texts.runPages.undo.done);
      void queries.invalidateQueries({ queryKey: ["runs"] });
      void queries.invalidateQueries({ queryKey: ["lookups"] });
    },
  });
}
