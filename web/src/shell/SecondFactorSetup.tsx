import { type FormEvent, type ReactNode, useState } from "react";
import type { ApiError } from "../api/client";
import { beginSecondFactor, changePassword, confirmSecondFactor, type NewSecondFactor } from "../api/secondFactor";
import { texts } from "../texts";
import { Button, Checkbox, Code, CopyButton, Field, Input, Line, linkClass, Notice, PasswordInput, QrCode, Stack } from "../ui";
import { toApiError } from "./entering";
import { NewPasswordForm } from "./SetPassword";

const t = texts.secondFactor;

/** Runs one step at a time and keeps why it was refused. */
function useStep(): { busy: boolean; error: ApiError | null; run: (work: () => Promise<void>) => void } {
  const [state, setState] = useState<{ busy: boolean; error: ApiError | null }>({ busy: false, error: null });
  const run = (work: () => Promise<void>): void => {
    setState({ busy: true, error: null });
    work().then(
      () => setState({ busy: false, error: null }),
      (reason: unknown) => setState({ busy: false, error: toApiError(reason) }),
    );
  };
  return { ...state, run };
}

/** Who is at the keyboard: one's own password, or a first one for who came by a link. */
function PasswordStep({ onBegun }: { onBegun: (factor: NewSecondFactor) => void }): ReactNode {
  const { busy, error, run } = useStep();
  const [hasNone, setHasNone] = useState(false);
  const begin = async (password: string): Promise<void> => {
    try {
      onBegun(await beginSecondFactor(password));
    } catch (reason) {
      const refused = toApiError(reason);
      if (refused.status !== 409) throw refused;
      setHasNone(true);
    }
  };
  if (hasNone)
    return (
      <Stack gap={4}>
        <p>{t.noPassword}</p>
        <NewPasswordForm
          busy={busy}
          error={error}
          onSubmit={(password) =>
            run(async () => {
              await changePassword(password);
              await begin(password);
            })
          }
        />
      </Stack>
    );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    run(() => begin(password));
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap={4}>
        {error && !error.fields["password"] && <Notice tone="lost">{error.message}</Notice>}
        <Field label={texts.signIn.password} hint={t.passwordHint} error={error?.fields["password"]}>
          <PasswordInput name="password" autoComplete="current-password" autoFocus required />
        </Field>
        <Button type="submit" tone="primary" size="large" busy={busy}>
          {t.goOn}
        </Button>
      </Stack>
    </form>
  );
}

/** The secret as a picture and as text, and the first code, which shows that the app has it. */
function AppStep({ factor, onConfirmed }: { factor: NewSecondFactor; onConfirmed: (codes: string[]) => void }): ReactNode {
  const { busy, error, run } = useStep();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code")).trim();
    run(async () => onConfirmed(await confirmSecondFactor(code)));
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap={4}>
        <p>{t.scan}</p>
        <QrCode text={factor.uri} label={t.picture} />
        <Stack gap={1}>
          <Line between>
            <span>{t.secret}</span>
            <CopyButton text={factor.secret} />
          </Line>
          <Code text={factor.secret.replaceAll(/(.{4})(?=.)/g, "$1 ")} language="text" wrap label={t.secret} />
          <a className={linkClass} href={factor.uri}>
            {t.open}
          </a>
        </Stack>
        {error && !error.fields["code"] && <Notice tone="lost">{error.message}</Notice>}
        <Field label={texts.signIn.code} hint={t.codeHint} error={error?.fields["code"]}>
          <Input name="code" inputMode="numeric" autoComplete="one-time-code" autoFocus required />
        </Field>
        <Button type="submit" tone="primary" size="large" busy={busy}>
          {t.switchOn}
        </Button>
      </Stack>
    </form>
  );
}

/** The codes for who loses the app, which are shown once. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }): ReactNode {
  const [kept, setKept] = useState(false);
  return (
    <Stack gap={4}>
      <p>{t.recovery}</p>
      <Code text={codes.join("\n")} language="text" label={t.recoveryCodes} />
      <Line>
        <CopyButton text={codes.join("\n")} />
      </Line>
      <Checkbox label={t.kept} checked={kept} onChange={(event) => setKept(event.target.checked)} />
      <Button tone="primary" size="large" disabled={!kept} onClick={onDone}>
        {t.done}
      </Button>
    </Stack>
  );
}

/** Sets up a second factor: password, app, recovery codes. */
export function SecondFactorSetup({ onDone }: { onDone: () => void }): ReactNode {
  const [factor, setFactor] = useState<NewSecondFactor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (factor) return <AppStep factor={factor} onConfirmed={setCodes} />;
  return <PasswordStep onBegun={setFactor} />;
}
