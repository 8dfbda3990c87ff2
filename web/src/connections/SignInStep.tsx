import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { redirectUriQuery } from "../api/connections";
import { texts } from "../texts";
import { Checkbox, CopyButton, Field, Input, Line, linkClass, PasswordInput, Segmented, Skeleton, Stack, Text } from "../ui";
import { type Draft, isOauth, isPlain, isServer, type Wrong } from "./draft";
import type { Kind } from "./facts";

const t = texts.connectionPages;

interface SignInStepProps {
  kind: Kind;
  draft: Draft;
  wrong: Wrong;
  onChange: (change: Partial<Draft>) => void;
}

function Address({ draft, wrong, onChange }: Omit<SignInStepProps, "kind">): ReactNode {
  return (
    <>
      <Field label={t.form.url} hint={t.form.urlHint} error={wrong["url"] ?? wrong["provider"]}>
        <Input type="url" inputMode="url" autoFocus value={draft.url} onChange={(event) => onChange({ url: event.target.value })} />
      </Field>
      {isPlain(draft) && <Checkbox label={t.form.plain} hint={t.form.plainHint} checked={draft.plainHttp} onChange={(event) => onChange({ plainHttp: event.target.checked })} />}
    </>
  );
}

/** How a server knows who comes. */
function By({ kind }: { kind: Kind }): ReactNode {
  const navigate = useNavigate();
  return (
    <Stack gap={2}>
      <Text tone="strong">{t.form.by}</Text>
      <Line>
        <Segmented
          size="form"
          label={t.form.by}
          value={kind}
          onChange={(chosen) => void navigate({ to: "/connections/new", search: { kind: chosen }, replace: true })}
          options={[
            { value: "server-oauth" as Kind, label: t.form.byOauth },
            { value: "server-token" as Kind, label: t.form.byToken },
          ]}
        />
      </Line>
    </Stack>
  );
}

/** With what one gets in: the app or the token, and the address. */
export function SignInStep({ kind, draft, wrong, onChange }: SignInStepProps): ReactNode {
  return (
    <>
      {isServer(kind) && <By kind={kind} />}
      {isServer(kind) && <Address draft={draft} wrong={wrong} onChange={onChange} />}
      {isOauth(kind) ? (
        <>
          <Field label={t.form.clientId} error={wrong["client_id"]}>
            <Input spellCheck={false} autoFocus={!isServer(kind)} value={draft.clientId} onChange={(event) => onChange({ clientId: event.target.value })} />
          </Field>
          <Field label={t.form.clientSecret} hint={t.form.kept} error={wrong["client_secret"]}>
            <PasswordInput autoComplete="off" value={draft.clientSecret} onChange={(event) => onChange({ clientSecret: event.target.value })} />
          </Field>
        </>
      ) : (
        <Field label={t.form.token} hint={t.form.kept} error={wrong["token"]}>
          <PasswordInput autoComplete="off" autoFocus={!isServer(kind)} value={draft.token} onChange={(event) => onChange({ token: event.target.value })} />
        </Field>
      )}
      {kind === "pipedrive-token" && (
        <Field label={t.form.domain} hint={t.form.domainHint} end={t.form.optional} error={wrong["domain"]}>
          <Input spellCheck={false} unit={t.form.domainUnit} value={draft.domain} onChange={(event) => onChange({ domain: event.target.value })} />
        </Field>
      )}
    </>
  );
}

function Callback(): ReactNode {
  const { data } = useQuery(redirectUriQuery);
  if (!data) return <Skeleton width="l" />;
  return <Input inBar readOnly value={data} aria-label={t.wizard.help.callbackLabel} onFocus={(event) => event.target.select()} end={<CopyButton iconOnly text={data} />} />;
}

/** Where on the other side one finds what the form asks for. */
export function SignInHelp({ kind }: { kind: Kind }): ReactNode {
  const help = t.wizard.help;
  if (!isOauth(kind))
    return (
      <>
        <h2>{help.token}</h2>
        <p>{isServer(kind) ? help.tokenServer : help.tokenPipedrive}</p>
        <p>{help.tokenOnce}</p>
      </>
    );
  return (
    <>
      <h2>{isServer(kind) ? help.oauthServer : help.oauth}</h2>
      <ol>
        <li>{isServer(kind) ? help.createServer : help.create}</li>
        <li>
          {help.callback} <Callback />
        </li>
        <li>{help.scopes}</li>
        <li>{help.copy}</li>
      </ol>
      <p>
        <Text tone="faint">{help.noApp}</Text>{" "}
        <Link to="/connections/new" search={{ kind: isServer(kind) ? "server-token" : "pipedrive-token" }} className={linkClass}>
          {help.byToken}
        </Link>{" "}
        <Text tone="faint">{help.instead}</Text>
      </p>
    </>
  );
}
