/** Running an action from its form, and what came of it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ActionDetails } from "../api/actions";
import { ApiError } from "../api/client";
import type { Connection } from "../api/connections";
import { type RanRun, ranQuery, startRun, startRunWithFile } from "../api/runs";
import type { ActionForm } from "./useActionForm";
import { type FormErrors, placeErrors, placeRefusal } from "./values";

export interface Running {
  ran: RanRun | null;
  isBusy: boolean;
  /** What is wrong, by the paths of fields; under `""` what is of none. */
  errors: FormErrors;
  /** Whether the form can be run; shows what is wrong in it. */
  check: () => boolean;
  run: () => void;
}

/** Returns what a failed request says of the fields. */
function errorsOf(form: ActionForm, error: Error): FormErrors {
  if (!(error instanceof ApiError) || Object.keys(error.fields).length === 0) return { "": error.message };
  return placeErrors(form.fields, error.fields);
}

export function useRunning(action: ActionDetails, form: ActionForm, connection: Connection | undefined): Running {
  const queries = useQueryClient();
  const [errors, setErrors] = useState<FormErrors>({});
  const [checked, setChecked] = useState(false);
  const mutation = useMutation({
    mutationFn: (): Promise<RanRun> => {
      const run = { connection_id: connection?.id ?? 0, version: action.version, name: action.name, params: form.read.params as never, source: "console" as const };
      const [file] = Object.entries(form.read.files);
      return file ? startRunWithFile(run, ...file) : startRun(run);
    },
    onMutate: () => setErrors({}),
    onSuccess: (ran) => {
      setChecked(false);
      if (ran.run.status === "refused" && ran.run.error) setErrors(placeRefusal(form.fields, ran.run.error.message.replace(/ \(HTTP [^)]*\)$/, "")));
      queries.setQueryData(ranQuery(ran.run.id).queryKey, ran);
      void queries.invalidateQueries({ queryKey: ["runs", "list"] });
      void queries.invalidateQueries({ queryKey: ["runs", "recent"] });
      // What was written may have changed what pickers offer.
      if (action.effect !== "reads") void queries.invalidateQueries({ queryKey: ["lookups"] });
    },
    onError: (error) => setErrors(errorsOf(form, error)),
  });
  const check = (): boolean => {
    setChecked(true);
    return Object.keys(form.read.errors).length === 0;
  };
  return { ran: mutation.data ?? null, isBusy: mutation.isPending, errors: checked ? { ...errors, ...form.read.errors } : errors, check, run: () => mutation.mutate() };
}
