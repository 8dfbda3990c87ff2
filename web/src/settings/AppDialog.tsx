import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type AppToRegister, type AppWithSecret, appsQuery, changeApp, type RegisteredApp, registerApp, scopesQuery } from "../api/settings";
import { texts } from "../texts";
import { Checkbox, Field, FormDialog, Input, Notice, Stack, Text, Textarea, toast } from "../ui";
import { Loaded } from "./Loaded";
import { useWork } from "./work";

const t = texts.settingsPages.apps;
/** What every app may ask for. */
const BASE = "base";

interface AppDialogProps {
  /** The app to change; a new one without it. */
  app: RegisteredApp | null;
  onClose: () => void;
  onMade: (made: AppWithSecret) => void;
}

/** Registers an app, or changes one. */
export function AppDialog({ app, onClose, onMade }: AppDialogProps): ReactNode {
  const scopes = useQuery(scopesQuery);
  const { busy, error, run } = useWork({ inForm: true });
  const [chosen, setChosen] = useState(() => new Set(app?.scopes ?? [BASE]));
  // The first redirect URI stands in for an address that there is not.
  const uninstallUrl = app && app.uninstall_url !== app.redirect_uris[0] ? app.uninstall_url : "";
  const choose = (scope: string, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(scope);
    else next.delete(scope);
    setChosen(next);
  };
  const submit = (data: FormData): void => {
    const body: AppToRegister = {
      name: String(data.get("name")),
      redirect_uris: String(data.get("redirect_uris"))
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
      scopes: [...chosen],
      uninstall_url: String(data.get("uninstall_url")).trim() || null,
    };
    run(async () => {
      if (app) {
        await changeApp(app.id, body);
        toast(t.saved);
      } else onMade(await registerApp(body));
      onClose();
    }, [appsQuery.queryKey]);
  };
  const fault = (name: string): string | undefined => Object.entries(error?.fields ?? {}).find(([path]) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))?.[1];
  const isNamed = ["name", "redirect_uris", "scopes", "uninstall_url"].some(fault);
  return (
    <FormDialog title={app ? app.name : t.register} action={app ? t.save : t.register} busy={busy} refusal={error && !isNamed ? error.message : null} onClose={onClose} onSubmit={submit}>
      <Stack gap={4}>
        <Field label={t.name} hint={t.nameHint} error={fault("name")}>
          <Input name="name" defaultValue={app?.name} maxLength={255} autoFocus />
        </Field>
        <Field label={t.redirects} hint={t.redirectsHint} error={fault("redirect_uris")}>
          <Textarea code name="redirect_uris" defaultValue={app?.redirect_uris.join("\n")} spellCheck={false} />
        </Field>
        <Field label={t.uninstall} hint={t.uninstallHint} error={fault("uninstall_url")}>
          <Input name="uninstall_url" inputMode="url" defaultValue={uninstallUrl} />
        </Field>
        <Stack gap={2} role="group" aria-label={t.scopes}>
          <Text tone="strong">{t.scopes}</Text>
          <p>{t.scopesHint}</p>
          {fault("scopes") && <Notice tone="lost">{fault("scopes")}</Notice>}
          <Loaded query={scopes}>
            {(known) =>
              known
                .filter(({ name }) => name !== BASE)
                .map(({ name, description }) => <Checkbox key={name} label={<code>{name}</code>} hint={description} checked={chosen.has(name)} onChange={(event) => choose(name, event.target.checked)} />)
            }
          </Loaded>
        </Stack>
      </Stack>
    </FormDialog>
  );
}
