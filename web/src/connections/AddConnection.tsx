import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowUpRight } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { addConnection, askForConsent, changeConnection, connectionsQuery, keepConnection, type TestResult, testConnection } from "../api/connections";
import { texts } from "../texts";
import { Button, buttonClasses, Checkbox, Field, FootBar, Input, Line, Main, Notice, Page, Spinner, Stack, Steps, ToolBar, TopBar, Wizard, Text } from "../ui";
import { type Draft, isOauth, isServer, missingCredentials, NEW_DRAFT, proposedName, toConnection, toConsent, type Wrong } from "./draft";
import { hostOf, type Kind, reasonText } from "./facts";
import { KindList } from "./KindList";
import { areComplete, Rights, toSend } from "./Rights";
import { SignInHelp, SignInStep } from "./SignInStep";

const route = getRouteApi("/shell/connections/new");
const t = texts.connectionPages;
const STEPS = [t.wizard.steps.service, t.wizard.steps.signIn, t.wizard.steps.rights];
/** Fields of the last step; what is wrong with any other is shown where it stands. */
const LAST_FIELDS = new Set(["name", "permits.actions", "permits"]);

function RightsStep({ draft, wrong, onChange }: { draft: Draft; wrong: Wrong; onChange: (change: Partial<Draft>) => void }): ReactNode {
  return (
    <>
      <Field label={t.form.name} hint={t.form.nameHint} error={wrong["name"]}>
        <Input value={draft.name} maxLength={100} autoFocus spellCheck={false} onChange={(event) => onChange({ name: event.target.value })} />
      </Field>
      <Rights value={draft.permits} onChange={(permits) => onChange({ permits })} error={wrong["permits.actions"]} />
      <Checkbox label={t.form.share} hint={t.form.shareHint} checked={draft.isShared} onChange={(event) => onChange({ isShared: event.target.checked })} />
    </>
  );
}

/** How the test at the end went. */
function Tested({ result }: { result: TestResult }): ReactNode {
  return (
    <>
      <div>
        <h2>{t.done.connected(result.connection.name)}</h2>
        <Text tone="faint">{t.wizard.connectedHint}</Text>
      </div>
      <Notice tone="won">{t.wizard.tested(result.message, result.duration_ms.toLocaleString())}</Notice>
      <Onward />
    </>
  );
}

function Onward(): ReactNode {
  return (
    <Line>
      <Link to="/actions" className={buttonClasses({ tone: "primary", size: "form" })}>
        {t.wizard.toActions}
      </Link>
      <Link to="/connections" className={buttonClasses({ size: "form" })}>
        {t.wizard.toConnections}
      </Link>
    </Line>
  );
}

/** The connection to this CRM, which is there already: it is tested at once. */
function HereTested(): ReactNode {
  const { data: connections } = useQuery(connectionsQuery);
  const id = connections?.find(({ service }) => service === "here")?.id;
  const { data: result, error } = useQuery({ queryKey: ["connections", "test", id], queryFn: () => testConnection(id as number), enabled: id !== undefined });
  return (
    <>
      <div>
        <h2>{t.wizard.here}</h2>
        <Text tone="faint">{t.wizard.hereHint}</Text>
      </div>
      {result ? (
        <Notice tone={result.ok ? "won" : "lost"}>{result.ok ? t.wizard.tested(result.message, result.duration_ms.toLocaleString()) : result.message}</Notice>
      ) : error ? (
        <Notice tone="lost">{error.message}</Notice>
      ) : (
        <Spinner label={t.wizard.testing} />
      )}
      <Onward />
    </>
  );
}

interface Saving {
  busy: boolean;
  wrong: Wrong;
  refusal: string | null;
  result: TestResult | null;
}

/** Adds the connection, or sends the browser to its provider; keeps what was refused. */
function useSaving(kind: Kind | undefined, draft: Draft): Saving & { save: () => Promise<void>; refuse: (wrong: Wrong) => void } {
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const [state, setState] = useState<Saving>({ busy: false, wrong: {}, refusal: null, result: null });
  // One that was added and failed its test is changed by the next attempt.
  const added = useRef<number>(undefined);
  const refuse = (wrong: Wrong): void => setState((known) => ({ ...known, busy: false, wrong, refusal: null }));
  const addAndTest = async (kindOf: Kind): Promise<void> => {
    const { name, token, url, is_shared, permits } = toConnection(kindOf, draft);
    const connection = added.current
      ? await changeConnection(added.current, { name, token, ...(url && { url }), is_shared, permits: toSend(permits ?? draft.permits) })
      : await addConnection(toConnection(kindOf, draft));
    added.current = connection.id;
    const result = await testConnection(connection.id);
    keepConnection(queries, result.connection);
    setState({ busy: false, wrong: {}, refusal: result.ok ? null : reasonText(result.message), result });
  };
  const save = async (): Promise<void> => {
    if (!kind) return;
    setState((known) => ({ ...known, busy: true, wrong: {}, refusal: null }));
    try {
      // The browser leaves the page: it stays busy.
      if (isOauth(kind)) await askForConsent(toConsent(kind, draft));
      else await addAndTest(kind);
    } catch (reason) {
      const error = reason instanceof ApiError ? reason : new ApiError(0, "internal", texts.states.failedHint);
      // A name that is taken is a conflict, which names no field.
      const wrong = error.status === 409 ? { name: error.message } : error.fields;
      const isElsewhere = Object.keys(wrong).some((field) => !LAST_FIELDS.has(field));
      setState((known) => ({ ...known, busy: false, wrong, refusal: Object.keys(wrong).length === 0 ? error.message : null }));
      if (isElsewhere) void navigate({ search: { kind } });
    }
  };
  return { ...state, save, refuse };
}

/** What the page of the current step shows. */
function StepForm({ kind, isLast, draft, saving, onChange }: { kind: Kind; isLast: boolean; draft: Draft; saving: Saving; onChange: (change: Partial<Draft>) => void }): ReactNode {
  return (
    <>
      <div>
        <h2>{isLast ? t.wizard.rightsTitle : t.wizard.kinds[kind].form}</h2>
        <Text tone="faint">{isLast ? t.wizard.rightsHint : t.wizard.kinds[kind].formHint}</Text>
      </div>
      {saving.refusal && <Notice tone="lost">{saving.refusal}</Notice>}
      {isLast ? <RightsStep draft={draft} wrong={saving.wrong} onChange={onChange} /> : <SignInStep kind={kind} draft={draft} wrong={saving.wrong} onChange={onChange} />}
    </>
  );
}

function RightsHelp(): ReactNode {
  return (
    <>
      <h2>{t.wizard.help.rights}</h2>
      <p>{t.wizard.help.rightsText}</p>
      <p>{t.wizard.help.rightsLater}</p>
    </>
  );
}

/** Adds a connection in three steps: service, sign-in, rights and name; a test stands at the end. */
export function AddConnection(): ReactNode {
  const { kind, step } = route.useSearch();
  const navigate = route.useNavigate();
  const [draft, setDraft] = useState(NEW_DRAFT);
  const saving = useSaving(kind, draft);
  const formId = useId();
  // Who comes back to the last step by a link has typed nothing yet.
  const isLast = kind !== undefined && step === "rights" && Object.keys(missingCredentials(kind, draft)).length === 0;
  const isDone = kind === "here" || Boolean(saving.result?.ok);
  const current = isDone ? STEPS.length : isLast ? 2 : kind ? 1 : 0;

  useEffect(() => {
    // The focus goes along: a new step has a new form.
    if (current === 0 || isDone) document.querySelector<HTMLElement>("#main")?.focus();
  }, [current, isDone]);

  const change = (changed: Partial<Draft>): void => setDraft((known) => ({ ...known, ...changed }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!kind || saving.busy) return;
    if (isLast) {
      const wrong: Wrong = { ...(!draft.name.trim() && { name: t.form.emptyName }), ...(!areComplete(draft.permits) && { "permits.actions": t.form.noneChosen }) };
      if (Object.keys(wrong).length > 0) saving.refuse(wrong);
      else void saving.save();
      return;
    }
    const missing = missingCredentials(kind, draft);
    saving.refuse(missing);
    if (Object.keys(missing).length > 0) return;
    if (!draft.name) change({ name: proposedName(kind, draft) });
    void navigate({ search: { kind, step: "rights" } });
  };
  const back = (): void => void navigate({ search: isLast && kind ? { kind } : {} });
  const provider = kind && isServer(kind) ? hostOf(draft.url) || t.wizard.theServer : t.services.pipedrive;
  const action = !isLast ? t.wizard.next : kind && isOauth(kind) ? t.wizard.toProvider(provider) : saving.result ? t.wizard.tryAgain : t.wizard.connect;

  return (
    <Page title={t.add}>
      <TopBar title={t.add} path={[{ label: t.title, link: { to: "/connections" } }]} />
      <ToolBar end={!isDone && !saving.result && <Text tone="faint">{t.wizard.notSaved}</Text>}>
        <Steps label={t.wizard.label} steps={STEPS} current={current} />
      </ToolBar>
      <Main layout="bare">
        <Wizard aside={kind && !isDone && (isLast ? <RightsHelp /> : <SignInHelp kind={kind} />)}>
          {!kind ? (
            <Stack gap={4}>
              <div>
                <h2>{t.wizard.question}</h2>
                <Text tone="faint">{t.wizard.questionHint}</Text>
              </div>
              <KindList />
            </Stack>
          ) : isDone ? (
            <Stack gap={4}>{saving.result ? <Tested result={saving.result} /> : <HereTested />}</Stack>
          ) : (
            <form id={formId} onSubmit={submit} noValidate>
              <Stack gap={4}>
                <StepForm key={current} kind={kind} isLast={isLast} draft={draft} saving={saving} onChange={change} />
              </Stack>
            </form>
          )}
        </Wizard>
      </Main>
      {!isDone && (
        <FootBar
          end={
            kind && (
              <>
                <Button size="form" onClick={back}>
                  {t.wizard.back}
                </Button>
                <Button size="form" tone="primary" type="submit" form={formId} busy={saving.busy}>
                  <Text clip>{action}</Text>
                  {isLast && isOauth(kind) && <ArrowUpRight size={16} strokeWidth={1.75} aria-hidden />}
                </Button>
              </>
            )
          }
        >
          <Link to="/connections" className={buttonClasses({ tone: "quiet", size: "form" })}>
            {t.wizard.cancel}
          </Link>
        </FootBar>
      )}
    </Page>
  );
}
