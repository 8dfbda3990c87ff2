import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { changeChatModel, type ChatModelState, chatModelQuery, type ModelToUse, removeChatModel, testChatModel } from "../api/settings";
import { texts } from "../texts";
import { Button, Confirm, Field, Input, Line, Notice, type Option, PasswordInput, Section, Select, Stack, State, toast } from "../ui";
import { Loaded } from "./Loaded";
import { SettingsPage } from "./SettingsPage";
import { useWork } from "./work";

const t = texts.settingsPages.chat;

type Kind = ModelToUse["kind"];
const KINDS: Option<Kind>[] = (["openai", "anthropic", "ollama"] as const).map((value) => ({ value, label: t.kinds[value] }));

function ModelForm({ state }: { state: ChatModelState }): ReactNode {
  const known = state.settings;
  const form = useRef<HTMLFormElement>(null);
  const [kind, setKind] = useState<Kind>(known?.kind ?? "openai");
  const [asks, setAsks] = useState(false);
  const [told, setTold] = useState<{ ok: boolean; message: string } | null>(null);
  const saving = useWork({ inForm: true });
  const testing = useWork({ inForm: true });
  const written = (): ModelToUse => {
    const data = new FormData(form.current ?? undefined);
    const [name, url, key] = ["name", "url", "key"].map((one) => String(data.get(one) ?? "").trim());
    // A key that is not written is the one that is kept.
    return { kind, name: name ?? "", url: url || null, ...(key && { key }) };
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    saving.run(async () => {
      await changeChatModel(written());
      toast(t.saved);
    }, [chatModelQuery.queryKey]);
  };
  const test = (): void => {
    setTold(null);
    testing.run(async () => setTold(await testChatModel(written())));
  };
  const error = saving.error ?? testing.error;
  const fault = (name: string): string | undefined => error?.fields[name];
  return (
    <form ref={form} onSubmit={save}>
      <Stack gap={4} narrow>
        <Field label={t.kind}>
          <Select options={KINDS} value={kind} onChange={setKind} />
        </Field>
        <Field label={t.url} hint={kind === "ollama" ? t.urlOllama : t.urlHint} error={fault("url")}>
          <Input name="url" inputMode="url" maxLength={2048} defaultValue={known?.url ?? ""} placeholder={kind === "ollama" ? "http://localhost:11434/v1" : "https://"} required={kind === "ollama"} />
        </Field>
        <Field label={t.model} error={fault("name")}>
          <Input name="name" required maxLength={200} defaultValue={known?.name ?? ""} />
        </Field>
        <Field label={t.key} hint={known?.has_key ? t.keyKept : t.keyHint} error={fault("key")}>
          <PasswordInput name="key" autoComplete="new-password" maxLength={1000} />
        </Field>
        {error && !["url", "name", "key"].some(fault) && <Notice tone="lost">{error.message}</Notice>}
        {told && <Notice tone={told.ok ? "won" : "lost"}>{told.message}</Notice>}
        <Line wrap>
          <Button size="form" tone="primary" type="submit" busy={saving.busy && !asks}>
            {t.save}
          </Button>
          <Button size="form" busy={testing.busy} onClick={test}>
            {t.test}
          </Button>
          {known && (
            <Button size="form" tone="dangerQuiet" onClick={() => setAsks(true)}>
              {t.remove}
            </Button>
          )}
        </Line>
      </Stack>
      <Confirm
        open={asks}
        onClose={() => setAsks(false)}
        title={t.removeAsk}
        action={t.remove}
        busy={saving.busy}
        onConfirm={() =>
          saving.run(async () => {
            await removeChatModel();
            setAsks(false);
            toast(t.removed);
          }, [chatModelQuery.queryKey])
        }
      >
        {t.removeHint}
      </Confirm>
    </form>
  );
}

/** The language model that plans in the chat. */
export function ChatModel(): ReactNode {
  const query = useQuery(chatModelQuery);
  return (
    <SettingsPage page="/settings/chat">
      <Loaded query={query}>
        {(state) => (
          <Section title={t.heading}>
            <Stack gap={4} narrow>
              <p>{t.hint}</p>
              <State tone={state.name ? "won" : "none"}>{state.name ? (state.origin === "environment" ? t.fromEnvironment(state.name) : state.name) : t.none}</State>
              {!state.is_installed && <Notice tone="due">{t.notInstalled}</Notice>}
              <ModelForm key={JSON.stringify(state.settings)} state={state} />
            </Stack>
          </Section>
        )}
      </Loaded>
    </SettingsPage>
  );
}
