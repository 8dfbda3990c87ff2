import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { secondFactorQuery } from "../../api/secondFactor";
import { removeSecondFactor, renewRecoveryCodes } from "../../api/settings";
import { RecoveryCodes, SecondFactorSetup } from "../../shell/SecondFactorSetup";
import { texts } from "../../texts";
import { Button, Dialog, Field, FormDialog, Line, PasswordInput, Stack, State, Text, toast } from "../../ui";
import { Loaded } from "../Loaded";
import { useWork } from "../work";

const t = texts.settingsPages.profile;

/** Asks for one's password before something about the second factor. */
function WithPassword({ title, hint, action, danger = false, onClose, onPassword }: { title: string; hint: string; action: string; danger?: boolean; onClose: () => void; onPassword: (password: string) => Promise<void> }): ReactNode {
  const { busy, error, run } = useWork({ inForm: true });
  const submit = (form: FormData): void => run(() => onPassword(String(form.get("password"))), [["second-factor"]]);
  return (
    <FormDialog title={title} action={action} tone={danger ? "danger" : "primary"} busy={busy} refusal={error && !error.fields["password"] ? error.message : null} onClose={onClose} onSubmit={submit}>
      <Stack gap={4}>
        <p>{hint}</p>
        <Field label={t.confirmPassword} error={error?.fields["password"]}>
          <PasswordInput name="password" autoComplete="current-password" autoFocus />
        </Field>
      </Stack>
    </FormDialog>
  );
}

type Open = "setUp" | "renew" | "remove" | null;

/** One's own second factor: whether it is on, and what can be done with it. */
export function SecondFactorSection(): ReactNode {
  const queries = useQueryClient();
  const query = useQuery(secondFactorQuery);
  const [open, setOpen] = useState<Open>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const close = (): void => {
    setOpen(null);
    setCodes(null);
    void queries.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
    void queries.invalidateQueries({ queryKey: ["sessions"] });
  };
  return (
    <Loaded query={query} rows={2}>
      {(factor) => (
        <Stack gap={3} narrow>
          <Line gap={3} wrap>
            <State tone={factor.is_on ? "won" : "none"}>{factor.is_on ? t.factorOn : t.factorOff}</State>
            {factor.is_on && <Text tone="faint">{t.codesLeft(factor.recovery_codes_left)}</Text>}
          </Line>
          <p>
            {t.factorHint} {factor.is_required && t.factorRequired}
          </p>
          <Line wrap>
            {factor.is_on ? (
              <>
                <Button size="form" onClick={() => setOpen("renew")}>
                  {t.newCodes}
                </Button>
                {!factor.is_required && (
                  <Button size="form" tone="dangerQuiet" onClick={() => setOpen("remove")}>
                    {t.remove}
                  </Button>
                )}
              </>
            ) : (
              <Button size="form" onClick={() => setOpen("setUp")}>
                {t.setUp}
              </Button>
            )}
          </Line>
          <Dialog open={open === "setUp"} onClose={close} title={texts.secondFactor.title}>
            <SecondFactorSetup
              onDone={() => {
                close();
                toast(t.isOn);
              }}
            />
          </Dialog>
          {open === "renew" && !codes && (
            <WithPassword title={t.newCodes} hint={t.newCodesHint} action={t.goOn} onClose={close} onPassword={async (password) => setCodes(await renewRecoveryCodes(password))} />
          )}
          {open === "renew" && codes && (
            <Dialog open onClose={() => {}} title={texts.secondFactor.recoveryCodes}>
              <RecoveryCodes codes={codes} onDone={close} />
            </Dialog>
          )}
          {open === "remove" && (
            <WithPassword
              danger
              title={t.factor}
              hint={t.removeHint}
              action={t.remove}
              onClose={close}
              onPassword={async (password) => {
                await removeSecondFactor(password);
                close();
                toast(t.removed);
              }}
            />
          )}
        </Stack>
      )}
    </Loaded>
  );
}
