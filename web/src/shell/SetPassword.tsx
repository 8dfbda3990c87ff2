import { getRouteApi, Link } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import type { ApiError } from "../api/client";
import { setPasswordByLink } from "../api/secondFactor";
import { texts } from "../texts";
import { Button, buttonClasses, Field, Notice, PasswordInput, Stack } from "../ui";
import { CredentialsForm } from "./CredentialsForm";
import { toApiError, useEnter } from "./entering";
import styles from "./SignIn.module.css";
import { SignInFrame } from "./SignInFrame";

const route = getRouteApi("/password");
const t = texts.password;
const MIN_LENGTH = 8;

/** A new password, typed twice. */
export function NewPasswordForm({ busy, error, onSubmit }: { busy: boolean; error: ApiError | null; onSubmit: (password: string) => void }): ReactNode {
  const [wrong, setWrong] = useState<{ password?: string; again?: string }>({});
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get("password"));
    const isShort = password.length < MIN_LENGTH;
    const differs = password !== String(form.get("again"));
    setWrong({ ...(isShort && { password: t.tooShort }), ...(!isShort && differs && { again: t.differs }) });
    if (!isShort && !differs) onSubmit(password);
  };
  return (
    <form className={styles["form"]} onSubmit={submit} noValidate>
      {error && !error.fields["password"] && <Notice tone="lost">{error.message}</Notice>}
      <Field label={t.password} hint={t.hint} error={wrong.password ?? error?.fields["password"]}>
        <PasswordInput name="password" autoComplete="new-password" autoFocus required />
      </Field>
      <Field label={t.again} error={wrong.again}>
        <PasswordInput name="again" autoComplete="new-password" required />
      </Field>
      <Button type="submit" tone="primary" size="large" busy={busy}>
        {t.submit}
      </Button>
    </form>
  );
}

/** Where one-time links of invitations and of forgotten passwords lead. */
export function SetPassword(): ReactNode {
  const { token } = route.useSearch();
  const enter = useEnter(undefined);
  const [state, setState] = useState<{ busy: boolean; awaitsCode: boolean; error: ApiError | null }>({ busy: false, awaitsCode: false, error: null });
  const set = async (password: string): Promise<void> => {
    setState({ ...state, busy: true, error: null });
    try {
      await enter(await setPasswordByLink(token ?? "", password));
    } catch (reason) {
      const error = toApiError(reason);
      const awaitsCode = error.code === "second_factor";
      setState({ busy: false, awaitsCode, error: awaitsCode ? null : error });
    }
  };
  if (!token || state.error?.status === 410)
    return (
      <SignInFrame title={t.linkUsed}>
        <Stack gap={4}>
          <p>{t.linkUsedHint}</p>
          <Link to="/sign-in" search={{}} className={buttonClasses({ size: "large" })}>
            {t.toSignIn}
          </Link>
        </Stack>
      </SignInFrame>
    );
  if (state.awaitsCode)
    return (
      <SignInFrame title={texts.signIn.secondFactor} lead={t.isSet}>
        <CredentialsForm awaitsCode onSignedIn={enter} />
      </SignInFrame>
    );
  return (
    <SignInFrame title={t.title}>
      <NewPasswordForm busy={state.busy} error={state.error} onSubmit={(password) => void set(password)} />
    </SignInFrame>
  );
}
