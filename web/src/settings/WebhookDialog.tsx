import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useSession } from "../api/session";
import { usersQuery } from "../api/settings";
import { addWebhook, type NewWebhook, webhooksQuery } from "../api/webhooks";
import { texts } from "../texts";
import { Field, FormDialog, Input, type Option, PasswordInput, Select, Stack, toast } from "../ui";
import { useWork } from "./work";

const t = texts.settingsPages.webhooks;

type Version = NonNullable<NewWebhook["version"]>;
const VERSIONS: Option<Version>[] = [{ value: "2.0", label: "2.0" }, { value: "1.0", label: "1.0" }];
const ACTIONS: Record<Version, NewWebhook["event_action"][]> = { "2.0": ["*", "create", "change", "delete"], "1.0": ["*", "added", "updated", "deleted", "merged"] };
const OBJECTS: NewWebhook["event_object"][] = ["*", "activity", "activityType", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user"];
/** The one kind of records that a version does not know. */
const UNKNOWN: Record<Version, string> = { "2.0": "activityType", "1.0": "lead" };

function options<Value extends string>(values: Value[], any: string): Option<Value>[] {
  return values.map((value) => (value === "*" ? { value, label: any, detail: "*" } : { value, label: value }));
}

/** Adds a webhook. */
export function WebhookDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { user } = useSession();
  const navigate = useNavigate();
  const { busy, error, run } = useWork({ inForm: true });
  const others = useQuery({ ...usersQuery, enabled: user.is_account_admin && user.is_admin });
  const [version, setVersion] = useState<Version>("2.0");
  const [action, setAction] = useState<NewWebhook["event_action"]>("*");
  const [object, setObject] = useState<NewWebhook["event_object"]>("*");
  const [userId, setUserId] = useState(user.id);
  const choose = (chosen: Version): void => {
    setVersion(chosen);
    if (!ACTIONS[chosen].includes(action)) setAction("*");
    if (object === UNKNOWN[chosen]) setObject("*");
  };
  const submit = (data: FormData): void => {
    const text = (name: string): string => String(data.get(name)).trim();
    const [name, httpUser, password] = [text("name"), text("http_auth_user"), String(data.get("http_auth_password"))];
    const body: NewWebhook = {
      subscription_url: text("subscription_url"),
      event_action: action,
      event_object: object,
      version,
      ...(name && { name }),
      ...(userId !== user.id && { user_id: userId }),
      ...(httpUser && { http_auth_user: httpUser }),
      ...(password && { http_auth_password: password }),
    };
    run(async () => {
      const made = await addWebhook(body);
      toast(t.created);
      await navigate({ to: "/settings/webhooks/$id", params: { id: String(made.data.id) }, search: {} });
    }, [webhooksQuery.queryKey]);
  };
  const fault = (name: string): string | undefined => error?.fields[name];
  const isNamed = ["subscription_url", "event_action", "event_object", "name", "user_id", "http_auth_user", "http_auth_password"].some(fault);
  const choices = (others.data ?? []).filter((one) => one.is_active).map((one) => ({ value: one.id, label: one.name }));
  return (
    <FormDialog title={t.add} action={t.add} busy={busy} refusal={error && !isNamed ? error.message : null} onClose={onClose} onSubmit={submit}>
      <Stack gap={4}>
        <Field label={t.address} hint={t.addressHint} error={fault("subscription_url")}>
          <Input name="subscription_url" inputMode="url" placeholder="https://" autoFocus />
        </Field>
        <Field label={t.name} error={fault("name")}>
          <Input name="name" maxLength={255} />
        </Field>
        <Field label={t.version}>
          <Select options={VERSIONS} value={version} onChange={choose} />
        </Field>
        <Field label={t.action} error={fault("event_action")}>
          <Select options={options(ACTIONS[version], t.any)} value={action} onChange={setAction} />
        </Field>
        <Field label={t.object} error={fault("event_object")}>
          <Select
            options={options(
              OBJECTS.filter((one) => one !== UNKNOWN[version]),
              t.anyObject,
            )}
            value={object}
            onChange={setObject}
          />
        </Field>
        {choices.length > 1 && (
          <Field label={t.user} hint={t.userHint} error={fault("user_id")}>
            <Select options={choices} value={userId} onChange={setUserId} />
          </Field>
        )}
        <Field label={t.authUser} hint={t.advanced} error={fault("http_auth_user")}>
          <Input name="http_auth_user" />
        </Field>
        <Field label={t.authPassword} error={fault("http_auth_password")}>
          <PasswordInput name="http_auth_password" autoComplete="new-password" />
        </Field>
      </Stack>
    </FormDialog>
  );
}
