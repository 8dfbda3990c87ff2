import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { ActionDetails } from "../api/actions";
import type { Connection } from "../api/connections";
import type { CompanyField } from "../api/lookups";
import { callCodeQuery } from "../api/runs";
import { useKeys } from "../shell/keys";
import { texts } from "../texts";
import { Button, CallBox, Confirm, Field, FootBar, Keys, Notice, Pane, Panes, Segmented, Select, Stack, Textarea } from "../ui";
import { ActionAbout, Deprecation } from "./ActionAbout";
import { ActionHeading, RunAnswer } from "./ActionParts";
import { ParameterFields } from "./ParameterFields";
import { RecentRuns } from "./RecentRuns";
import { fieldsOf, useActionForm } from "./useActionForm";
import { useRunning } from "./useRunning";

const t = texts.actionPage;

/** With what the form begins. */
export interface Start {
  params: Record<string, unknown>;
  connectionId: number | null;
  isFromRun: boolean;
}

interface WorkbenchProps {
  action: ActionDetails;
  company: CompanyField[];
  connections: Connection[];
  start: Start;
  onParams: (params: Record<string, unknown>) => void;
  onConnection: (id: number) => void;
}

function permits(connection: Connection, action: ActionDetails): boolean {
  const { kind, actions } = connection.permits;
  return kind === "all" || (kind === "read" ? action.effect === "reads" : actions.includes(action.qualified_name));
}

/** Returns a value once it has rested for a moment. */
function useRested<Value>(value: Value, milliseconds: number): Value {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return rested;
}

/** The form of an action with its answer and the call as code. */
export function ActionWorkbench({ action, company, connections, start, onParams, onConnection }: WorkbenchProps): ReactNode {
  const fields = useMemo(() => fieldsOf(action, company), [action, company]);
  const form = useActionForm(fields, start.params);
  const usable = connections.filter((one) => one.can_use);
  const connection = usable.find((one) => one.id === start.connectionId) ?? usable.find((one) => one.service === "here") ?? usable[0];
  const running = useRunning(action, form, connection);
  const [isAsking, setIsAsking] = useState(false);
  const [cannotShow, setCannotShow] = useState(false);
  const isPermitted = connection !== undefined && permits(connection, action);

  const answer = useRef<HTMLElement>(null);
  const ranId = running.ran?.run.id;
  useEffect(() => {
    // Where panes stand below one another the answer may be far from the button.
    if (ranId && matchMedia("(max-width: 1023px)").matches) answer.current?.scrollIntoView();
  }, [ranId]);

  useEffect(() => onParams(form.read.params), [form.read, onParams]);

  const run = (): void => {
    if (!isPermitted || running.isBusy || !running.check()) return;
    if (action.effect === "removes") setIsAsking(true);
    else running.run();
  };
  useKeys({ "mod+Enter": run });

  const isComplete = Object.keys(form.read.errors).length === 0;
  const call = { version: action.version, name: action.name, connectionId: connection?.id ?? 0, params: form.read.params, files: namesOf(form.read.files) };
  const now = JSON.stringify(call);
  const asked = useRested(now, 250);
  const code = useQuery({ ...callCodeQuery(JSON.parse(asked) as typeof call), enabled: isComplete && asked === now && connection !== undefined, placeholderData: keepPreviousData, retry: false });

  const foot = (
    <FootBar
      end={
        <Button size="form" tone="primary" icon={Play} busy={running.isBusy} disabled={!isPermitted} onClick={run}>
          {t.run}
          <Keys keys="mod+enter" look="onAccent" />
        </Button>
      }
    >
      <Select label={t.chooseConnection} inBar options={usable.map(({ id, name }) => ({ value: id, label: name }))} value={connection?.id ?? null} onChange={onConnection} />
    </FootBar>
  );

  return (
    <Panes>
      <Pane width="form" label={t.parametersOf(action.name)} foot={foot}>
        <Stack gap={4}>
          <ActionHeading action={action}>
            <Segmented
              label={t.parametersAs}
              size="small"
              value={form.mode}
              onChange={(mode) => setCannotShow(!form.setMode(mode))}
              options={[
                { value: "form", label: t.form },
                { value: "json", label: t.json },
              ]}
            />
          </ActionHeading>
          <Deprecation action={action} />
          {start.isFromRun && <Notice>{t.fromRun}</Notice>}
          {cannotShow && <Notice tone="due">{t.notInForm}</Notice>}
          {connection && !isPermitted && <Notice tone="due">{`${t.notPermitted} ${t.notPermittedHint}`}</Notice>}
          {!connection && <Notice tone="due">{t.noConnection}</Notice>}
          {running.errors[""] && <Notice tone="lost">{running.errors[""]}</Notice>}
          {form.mode === "form" ? (
            <ParameterFields form={form} errors={running.errors} context={{ about: action.about, isHere: connection?.service === "here" }} />
          ) : (
            <Field label={t.parametersOf(action.name)} hint={t.jsonHint} error={form.read.errors[""]}>
              <Textarea code rows={16} spellCheck={false} value={form.json} onChange={(event) => form.setJson(event.target.value)} />
            </Field>
          )}
          <RecentRuns version={action.version} name={action.name} />
          <ActionAbout action={action} />
        </Stack>
      </Pane>
      <Pane ref={answer} label={t.answer} scroll={false}>
        <RunAnswer running={running} />
        <CallBox call={isComplete && !code.error ? (code.data ?? null) : null} waiting={code.error && isComplete ? code.error.message : t.codeWaits} />
      </Pane>
      <Confirm
        open={isAsking}
        onClose={() => setIsAsking(false)}
        title={t.removal.title(action.name)}
        action={t.removal.confirm}
        onConfirm={() => {
          setIsAsking(false);
          running.run();
        }}
      >
        <p>{t.removal.text(connection?.name ?? "")}</p>
        <p>{t.removal.undo}</p>
      </Confirm>
    </Panes>
  );
}

function namesOf(files: Record<string, File>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.name]));
}
