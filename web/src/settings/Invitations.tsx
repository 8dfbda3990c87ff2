import type { ReactNode } from "react";
import { addUser, type Invitation, inviteAgain, usersQuery } from "../api/settings";
import { texts } from "../texts";
import { Button, Code, CopyButton, Dialog, Field, FormDialog, Input, Line, Notice, Stack, Text } from "../ui";
import { useTimes } from "./times";
import { useWork } from "./work";

const t = texts.settingsPages.users;

/** Adds a user, and makes the link with which the user joins. */
export function InviteDialog({ onClose, onInvited }: { onClose: () => void; onInvited: (name: string, invitation: Invitation) => void }): ReactNode {
  const { busy, error, run } = useWork({ inForm: true });
  const submit = (form: FormData): void => {
    const email = String(form.get("email")).trim();
    run(async () => onInvited(email, await inviteAgain(await addUser(email))), [usersQuery.queryKey]);
  };
  return (
    <FormDialog title={t.addTitle} action={t.add} busy={busy} onClose={onClose} onSubmit={submit}>
      <Stack gap={4}>
        <p>{t.addHint}</p>
        <Field label={t.email} error={error?.message}>
          <Input name="email" type="email" inputMode="email" autoFocus />
        </Field>
      </Stack>
    </FormDialog>
  );
}

/** A link to hand over. */
export function InvitationLink({ name, invitation, onClose }: { name: string; invitation: Invitation; onClose: () => void }): ReactNode {
  const { time } = useTimes();
  return (
    <Dialog
      open
      onClose={onClose}
      title={t.linkTitle(name)}
      foot={
        <Button tone="primary" onClick={onClose}>
          {texts.actions.close}
        </Button>
      }
    >
      <Stack gap={4}>
        <p>{t.linkHint}</p>
        <Stack gap={1}>
          <Line between>
            <Text tone="faint" small>
              {t.linkUntil(time(invitation.expires_at))}
            </Text>
            <CopyButton text={invitation.link} label={t.copyLink} />
          </Line>
          <Code text={invitation.link} language="text" wrap label={t.link} />
        </Stack>
        <Notice tone={invitation.mailed ? "won" : "plain"}>{invitation.mailed ? t.mailed : t.notMailed}</Notice>
      </Stack>
    </Dialog>
  );
}
