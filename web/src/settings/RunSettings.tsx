import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { changeRunSettings, runSettingsQuery } from "../api/settings";
import { texts } from "../texts";
import { Button, Field, Input, Line, Notice, Stack, toast } from "../ui";
import { Loaded } from "./Loaded";
import { Permitted, SettingsPage } from "./SettingsPage";
import { useWork } from "./work";

const t = texts.settingsPages.runs;

function RetentionForm({ days }: { days: number }): ReactNode {
  const { busy, error, run } = useWork({ inForm: true });
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("days")).trim();
    const isRight = /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 3650;
    setWrong(!isRight);
    if (!isRight) return;
    run(async () => {
      await changeRunSettings(Number(text));
      toast(t.saved);
    }, [runSettingsQuery.queryKey]);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap={4} narrow>
        {error && <Notice tone="lost">{error.message}</Notice>}
        <Field label={t.retention} hint={t.retentionHint} error={wrong && t.range}>
          <Input name="days" inputMode="numeric" defaultValue={days} unit={t.days} />
        </Field>
        <Line>
          <Button type="submit" tone="primary" size="form" busy={busy}>
            {t.save}
          </Button>
        </Line>
      </Stack>
    </form>
  );
}

function Retention(): ReactNode {
  const query = useQuery(runSettingsQuery);
  return (
    <SettingsPage page="/settings/runs">
      <Loaded query={query}>{(settings) => <RetentionForm key={settings.retention_days} days={settings.retention_days} />}</Loaded>
    </SettingsPage>
  );
}

/** How long runs are kept. */
export function RunSettings(): ReactNode {
  return (
    <Permitted page="/settings/runs">
      <Retention />
    </Permitted>
  );
}
