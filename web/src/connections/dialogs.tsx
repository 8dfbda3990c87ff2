import { type ReactNode, useState } from "react";
import { ApiError } from "../api/client";
import type { Connection, Permits } from "../api/connections";
import { texts } from "../texts";
import { Checkbox, Confirm, Field, FormDialog, Input, Notice, PasswordInput } from "../ui";
import { areComplete, Rights, toSend } from "./Rights";

const t = texts.connectionPages;

interface DialogProps<Value> {
  connection: Connection;
  onClose: () => void;
  /** Saves; a refusal is shown in the dialog. */
  onSave: (value: Value) => Promise<void>;
}

/** Saves once at a time; returns why it was refused. */
function useSaving<Value>(onSave: (value: Value) => Promise<void>): { busy: boolean; error: ApiError | null; save: (value: Value) => void } {
  const [state, setState] = useState<{ busy: boolean; error: ApiError | null }>({ busy: false, error: null });
  const save = (value: Value): void => {
    setState({ busy: true, error: null });
    onSave(value).catch((reason: unknown) => {
      setState({ busy: false, error: reason instanceof ApiError ? reason : new ApiError(0, "internal", texts.states.failedHint) });
    });
  };
  return { ...state, save };
}

export function RenameDialog({ connection, onClose, onSave }: DialogProps<string>): ReactNode {
  const { busy, error, save } = useSaving(onSave);
  const wrong = error?.fields["name"] ?? error?.message;
  return (
    <FormDialog title={t.dialogs.rename} action={t.dialogs.save} busy={busy} onClose={onClose} onSubmit={(form) => save(String(form.get("name")).trim())}>
      <Field label={t.form.name} hint={t.form.nameHint} error={wrong}>
        <Input name="name" defaultValue={connection.name} maxLength={100} autoFocus onFocus={(event) => event.target.select()} />
      </Field>
    </FormDialog>
  );
}

export function RightsDialog({ connection, onClose, onSave }: DialogProps<Permits>): ReactNode {
  const { busy, error, save } = useSaving(onSave);
  const [permits, setPermits] = useState(connection.permits);
  const [isMissing, setIsMissing] = useState(false);
  const submit = (): void => {
    setIsMissing(!areComplete(permits));
    if (areComplete(permits)) save(toSend(permits));
  };
  return (
    <FormDialog title={t.dialogs.rights(connection.name)} action={t.dialogs.save} busy={busy} onClose={onClose} onSubmit={submit}>
      <Rights value={permits} onChange={setPermits} error={isMissing && !areComplete(permits) ? t.form.noneChosen : (error?.fields["permits.actions"] ?? error?.message)} />
    </FormDialog>
  );
}

export function TokenDialog({ connection, onClose, onSave }: DialogProps<string>): ReactNode {
  const { busy, error, save } = useSaving(onSave);
  return (
    <FormDialog title={t.dialogs.token(connection.name)} action={t.dialogs.tokenAction} busy={busy} refusal={error && !error.fields["token"] ? error.message : null} onClose={onClose} onSubmit={(form) => save(String(form.get("token")).trim())}>
      <Field label={t.form.token} hint={t.form.kept} error={error?.fields["token"]}>
        <PasswordInput name="token" autoComplete="off" autoFocus />
      </Field>
    </FormDialog>
  );
}

/** Asks before a connection is removed; the consent may be given back, too. */
export function RemoveDialog({ connection, onClose, onSave }: DialogProps<boolean>): ReactNode {
  const { busy, error, save } = useSaving(onSave);
  const [revoke, setRevoke] = useState(true);
  const isConsent = connection.authentication === "oauth" && connection.can_use;
  return (
    <Confirm open onClose={onClose} title={t.dialogs.remove(connection.name)} action={t.dialogs.removeAction} busy={busy} onConfirm={() => save(isConsent && revoke)}>
      <p>{t.dialogs.removeText}</p>
      {isConsent && <Checkbox label={t.dialogs.revoke} checked={revoke} onChange={(event) => setRevoke(event.target.checked)} />}
      {error && <Notice tone="lost">{error.message}</Notice>}
    </Confirm>
  );
}
