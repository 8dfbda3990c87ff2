import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { saveScript, type ScriptDetails, scriptQuery, saveVersion } from "../api/editor";
import { texts } from "../texts";
import { Button, Checkbox, Dialog, Field, FormDialog, Input, Stack, toast } from "../ui";

const t = texts.editorPage;

/** Asks for a name, under which a script is saved for the first time. */
export function NameDialog({ code, name, onSaved, onClose }: { code: string; name: string; onSaved: (script: ScriptDetails) => void; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: (form: FormData) => saveScript(String(form.get("name")).trim(), code, form.get("shared") !== null),
    onSuccess: (script) => {
      queries.setQueryData(scriptQuery(script.id).queryKey, script);
      void queries.invalidateQueries({ queryKey: ["scripts", "list"] });
      toast(t.saved(script.version));
      onSaved(script);
    },
  });
  const fault = save.error instanceof ApiError ? save.error.fields["name"] : undefined;
  return (
    <FormDialog title={t.saveTitle} action={t.save} busy={save.isPending} refusal={fault ? null : save.error?.message} onClose={onClose} onSubmit={(form) => save.mutate(form)}>
      <Stack gap={4}>
        <Field label={t.name} hint={t.nameHint} error={fault}>
          <Input name="name" required maxLength={100} defaultValue={name} autoFocus />
        </Field>
        <Checkbox name="shared" label={t.share} hint={t.shareHint} />
      </Stack>
    </FormDialog>
  );
}

/** Another version was saved after the one that was edited. */
export interface Conflict {
  latest: ScriptDetails;
}

/** Saves code as the next version of a script, and tells when somebody else was quicker. */
export function useSaving({ script, onSaved, onConflict }: { script: ScriptDetails | null; onSaved: (script: ScriptDetails) => void; onConflict: (conflict: Conflict) => void }) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ code, after }: { code: string; after: number }) => saveVersion((script as ScriptDetails).id, code, after),
    onSuccess: (saved) => {
      queries.setQueryData(scriptQuery(saved.id).queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["scripts", "list"] });
      void queries.invalidateQueries({ queryKey: ["scripts", "versions", saved.id] });
      onSaved(saved);
    },
    onError: async (error) => {
      if (!(error instanceof ApiError && error.status === 409 && script)) return toast(error.message, { failed: true });
      try {
        onConflict({ latest: await queries.fetchQuery({ ...scriptQuery(script.id), staleTime: 0 }) });
      } catch {
        toast(error.message, { failed: true });
      }
    },
  });
}

/** Asks what to do when somebody has saved meanwhile. */
export function ConflictDialog({ conflict, busy, onSave, onLook, onClose }: { conflict: Conflict; busy: boolean; onSave: () => void; onLook: () => void; onClose: () => void }): ReactNode {
  return (
    <Dialog
      open
      onClose={onClose}
      title={t.conflict}
      foot={
        <>
          <Button size="form" onClick={onLook}>
            {t.conflictLook}
          </Button>
          <Button size="form" tone="primary" busy={busy} onClick={onSave}>
            {t.conflictSave}
          </Button>
        </>
      }
    >
      <p>{t.conflictHint(conflict.latest.version)}</p>
    </Dialog>
  );
}
