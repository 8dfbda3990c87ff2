import { type FormEvent, type ReactNode, useRef, useState } from "react";
import type { ApiError, Session } from "../api/client";
import { signIn } from "../api/session";
import { texts } from "../texts";
import { Button, Field, Input, Line, linkClass, Notice, PasswordInput } from "../ui";
import { toApiError } from "./entering";
import styles from "./SignIn.module.css";

const t = texts.signIn;

interface Attempt {
  busy: boolean;
  error: ApiError | null;
}

/** What went wrong and belongs to no field. */
function Refusal({ error }: { error: ApiError | null }): ReactNode {
  return error && Object.keys(error.fields).length === 0 ? <Notice tone="lost">{error.message}</Notice> : null;
}

function PasswordStep({ attempt, email, onSubmit }: { attempt: Attempt; email: string; onSubmit: (email: string, password: string) => void }): ReactNode {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSubmit(String(form.get("email")).trim(), String(form.get("password")));
  };
  return (
    <form className={styles["form"]} onSubmit={submit} noValidate>
      <Refusal error={attempt.error} />
      <Field label={t.email} error={attempt.error?.fields["email"]}>
        <Input name="email" type="email" autoComplete="username" autoFocus={!email} defaultValue={email} required />
      </Field>
      <Field label={t.password} error={attempt.error?.fields["password"]}>
        <PasswordInput name="password" autoComplete="current-password" autoFocus={Boolean(email)} required />
      </Field>
      <Button type="submit" tone="primary" size="large" busy={attempt.busy}>
        {t.submit}
      </Button>
    </form>
  );
}

/** The code of the second factor, or one of the codes for who has lost it. */
function CodeStep({ attempt, onSubmit, onBack }: { attempt: Attempt; onSubmit: (code: string) => void; onBack: () => void }): ReactNode {
  const [byRecovery, setByRecovery] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(String(new FormData(event.currentTarget).get("code")).trim());
  };
  return (
    <form ref={form} className={styles["form"]} onSubmit={submit} noValidate>
      <Refusal error={attempt.error} />
      <Field key={String(byRecovery)} label={byRecovery ? t.recoveryCode : t.code} hint={byRecovery ? t.recoveryHint : t.codeHint} error={attempt.error?.fields["code"]}>
        <Input name="code" inputMode={byRecovery ? "text" : "numeric"} autoComplete="one-time-code" spellCheck={false} autoFocus required />
      </Field>
      <Button type="submit" tone="primary" size="large" busy={attempt.busy}>
        {t.goOn}
      </Button>
      <Line between>
        <button type="button" className={linkClass} onClick={() => setByRecovery(!byRecovery)}>
          {byRecovery ? t.byApp : t.byRecovery}
        </button>
        <button type="button" className={linkClass} onClick={onBack}>
          {t.startAnew}
        </button>
      </Line>
    </form>
  );
}

interface CredentialsFormProps {
  /** Whether the session awaits the code of a second factor, and nothing else. */
  awaitsCode?: boolean;
  email?: string;
  onSignedIn: (session: Session) => unknown;
}

/** E-mail and password, then the code where a second factor is on. */
export function CredentialsForm({ awaitsCode = false, email = "", onSignedIn }: CredentialsFormProps): ReactNode {
  const [step, setStep] = useState<"password" | "code">(awaitsCode ? "code" : "password");
  const [attempt, setAttempt] = useState<Attempt>({ busy: false, error: null });
  const enter = async (body: { email?: string; password?: string; code?: string }): Promise<void> => {
    setAttempt({ busy: true, error: null });
    try {
      await onSignedIn(await signIn(body));
      setAttempt({ busy: false, error: null });
    } catch (reason) {
      const error = toApiError(reason);
      const isCodeMissing = error.code === "second_factor";
      if (isCodeMissing) setStep("code");
      // The session no longer awaits a code: the password comes first again.
      else if (step === "code" && error.status === 401) setStep("password");
      setAttempt({ busy: false, error: isCodeMissing ? null : error });
    }
  };
  const back = (): void => {
    setStep("password");
    setAttempt({ busy: false, error: null });
  };
  return step === "code" ? (
    <CodeStep attempt={attempt} onSubmit={(code) => void enter({ code })} onBack={back} />
  ) : (
    <PasswordStep attempt={attempt} email={email} onSubmit={(address, password) => void enter({ email: address, password })} />
  );
}
