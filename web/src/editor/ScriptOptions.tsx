import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Clock, Copy, Ellipsis, History, Pencil, RotateCcw, Trash2, UserLock, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { changeScript, deleteScript, type ScriptDetails, scriptQuery } from "../api/editor";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { Confirm, Field, FormDialog, IconButton, Input, Menu, type MenuItem, toast } from "../ui";
import { keepDraft } from "./drafts";
import { useOwner } from "./useSource";

const t = texts.editorPage;

interface OptionsProps {
  script: ScriptDetails | null;
  isEdited: boolean;
  onVersions: () => void;
  onSchedules: () => void;
  onDiscard: () => void;
  onCopy: () => void;
}

/** What one can do with a script besides writing and running it. */
export function ScriptOptions({ script, isEdited, onVersions, onSchedules, onDiscard, onCopy }: OptionsProps): ReactNode {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { user } = useSession();
  const owner = useOwner();
  const [asks, setAsks] = useState<"name" | "delete" | "discard" | null>(null);
  const close = (): void => setAsks(null);
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: number; name?: string; is_shared?: boolean }) => changeScript(id, body),
    onSuccess: (changed, { name }) => {
      queries.setQueryData(scriptQuery(changed.id).queryKey, (known) => known && { ...known, ...changed });
      void queries.invalidateQueries({ queryKey: ["scripts", "list"] });
      void queries.invalidateQueries({ queryKey: ["schedules"] });
      toast(name !== undefined ? t.renamed : changed.is_shared ? t.sharedNow : t.unshared);
      close();
    },
    onError: (error, { name }) => void (name === undefined && toast(error.message, { failed: true })),
  });
  const remove = useMutation({
    mutationFn: deleteScript,
    onSuccess: async ({ id }) => {
      keepDraft(owner, id, null);
      await navigate({ to: "/editor" });
      queries.removeQueries({ queryKey: scriptQuery(id).queryKey });
      for (const queryKey of [["scripts"], ["schedules"]]) void queries.invalidateQueries({ queryKey });
      toast(t.deleted);
    },
    onError: (error) => toast(error.message, { failed: true }),
  });
  const write: MenuItem[] = [];
  if (script?.can_change) write.push({ label: t.rename, icon: Pencil, onSelect: () => setAsks("name") });
  if (script?.can_change) write.push(script.is_shared ? { label: t.unshare, icon: UserLock, onSelect: () => change.mutate({ id: script.id, is_shared: false }) } : { label: t.share, icon: Users, onSelect: () => change.mutate({ id: script.id, is_shared: true }) });
  if (script) write.push({ label: t.saveCopy, icon: Copy, onSelect: onCopy });
  if (isEdited) write.push({ label: t.discard, icon: RotateCcw, onSelect: () => setAsks("discard") });
  const look: MenuItem[] = [...(script ? [{ label: t.versions, icon: History, onSelect: onVersions }] : []), { label: texts.schedules.title, icon: Clock, onSelect: onSchedules }];
  const mayDelete = script && (script.can_change || user.is_account_admin);
  const groups = [{ items: look }, { items: write }, { items: mayDelete ? [{ label: t.delete, icon: Trash2, danger: true, onSelect: () => setAsks("delete") }] : [] }];
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} tone="quiet" label={t.moreOptions} />} groups={groups.filter(({ items }) => items.length > 0)} />
      {script && asks === "name" && (
        <FormDialog title={t.rename} action={t.save} busy={change.isPending} refusal={change.error?.message} onClose={close} onSubmit={(form) => change.mutate({ id: script.id, name: String(form.get("name")).trim() })}>
          <Field label={t.name}>
            <Input name="name" required maxLength={100} defaultValue={script.name} />
          </Field>
        </FormDialog>
      )}
      {script && (
        <Confirm open={asks === "delete"} onClose={close} title={t.deleteAsk(script.name)} action={t.delete} busy={remove.isPending} onConfirm={() => remove.mutate(script.id)}>
          <p>{t.deleteHint}</p>
        </Confirm>
      )}
      <Confirm
        open={asks === "discard"}
        onClose={close}
        title={t.discardAsk}
        action={t.discard}
        onConfirm={() => {
          close();
          onDiscard();
        }}
      >
        <p>{t.discardHint}</p>
      </Confirm>
    </>
  );
}
