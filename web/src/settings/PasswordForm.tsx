import { type FormEvent, type ReactNode, useState } from "react";
import { changePassword } from "../api/secondFactor";
import { texts } from "../texts";
import { Button, Field, Line, Notice, PasswordInput, Stack, toast } from "../ui";
import { useWork } from "./work";

const t = texts.settingsPages.profile;

/** Changes one's own password. */
export function PasswordForm(): ReactNode {
  const { busy, error, run } = useWork({ inForm: true });
  const [tooShort, setTooShort] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const next = String(data.get("next"));
    setTooShort(next.length < 8);
    if (next.length < 8) return;
    run(async () => {
      await changePassword(next, String(data.get("current")));
      form.reset();
      toast(t.changed);
    }, [["session"], ["sessions"]]);
  };
  const named = ["password", "current_password"];
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap={4} narrow>
        <p>{t.passwordHint}</p>
        {error && !named.some((name) => error.fields[name]) && <Notice tone="lost">{error.message}</Notice>}
        <Field label={t.current} error={error?.fields["current_password"]}>
          <PasswordInput name="current" autoComplete="current-password" />
        </Field>
        <Field label={t.next} hint={t.nextHint} error={tooShort ? t.tooShort : error?.fields["password"]}>
          <PasswordInput name="next" autoComplete="new-password" />
        </Field>
        <Line>
          <Button type="submit" size="form" busy={busy}>
            {t.change}
          </Button>
        </Line>
      </Stack>
    </form>
  );
}
