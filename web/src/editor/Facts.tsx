import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ShieldAlert, ShieldCheck } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { actionsQuery } from "../api/actions";
import type { EditorState } from "../api/editor";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { Button, Details, linkClass, Popover, Results, Section, Stack, State, StatusBar, Text, WideOnly } from "../ui";
import { placeAt } from "./calls";
import type { Cursor } from "./Source";
import { actionNamed } from "./suggesting";

const t = texts.editorPage;

/** How well code is fenced in, with what that means. */
function Isolation({ state }: { state: EditorState }): ReactNode {
  const formats = useFormats();
  const anchor = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const { level, limits } = state;
  if (level === null) return null;
  const isWeak = level === "C" || level === "D";
  const Icon = isWeak ? ShieldAlert : ShieldCheck;
  const seconds = (value: number): string => formats.duration(value * 1000);
  return (
    <>
      <Button ref={anchor} tone="quiet" size="small" icon={Icon} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t.isolation(level)}
        <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
      </Button>
      <Text clip title={t.isolationShort[level]}>
        {[t.isolationShort[level], seconds(limits.wall_seconds), formats.size(limits.memory_bytes)].join(", ")}
      </Text>
      <Popover anchor={anchor} open={open} onClose={() => setOpen(false)} title={t.isolation(level)} align="start">
        <Results>
          <Stack gap={4}>
            <p>{level === "D" ? t.isolationNone : t.isolationAbout}</p>
            {isWeak && <Text tone="due">{t.isolationWeak}</Text>}
            <Section title={t.isolationLimits}>
              <Details
                items={[
                  [t.limitTime, seconds(limits.wall_seconds)],
                  [t.limitCpu, seconds(limits.cpu_seconds)],
                  [t.limitMemory, formats.size(limits.memory_bytes)],
                  [t.limitOutput, formats.size(limits.output_bytes)],
                ]}
              />
            </Section>
            <Section title={t.isolationLevels}>
              <Stack gap={3}>
                {state.levels.map((one) => (
                  <Stack key={one.level} gap={1}>
                    <State tone={one.level === level ? "won" : one.is_available ? "none" : "due"}>
                      {one.level}: {one.level === level ? t.isolationInUse : one.is_available ? t.isolationAvailable : t.isolationMissing}
                    </State>
                    <Text small>{one.description}</Text>
                    {one.reason && (
                      <Text small tone="faint">
                        {one.reason}
                      </Text>
                    )}
                  </Stack>
                ))}
              </Stack>
            </Section>
          </Stack>
        </Results>
      </Popover>
    </>
  );
}

/** The action of the call in which the cursor is. */
function ActionHere({ code, cursor }: { code: string; cursor: Cursor }): ReactNode {
  const { data } = useQuery(actionsQuery);
  const name = placeAt(code, cursor.position)?.action;
  const action = name && data ? actionNamed(data, name) : undefined;
  if (!action) return null;
  return (
    <Link to="/actions/$version/$name" params={{ version: action.version, name: action.name }} className={linkClass} title={action.summary}>
      <code>{action.qualified_name}</code>
    </Link>
  );
}

/** The bar below the editor. */
export function Facts({ state, code, cursor }: { state: EditorState; code: string; cursor: Cursor | null }): ReactNode {
  return (
    <StatusBar
      end={
        <WideOnly>
          {cursor && <ActionHere code={code} cursor={cursor} />}
          <span>{t.python(state.python)}</span>
          {cursor && <span title={t.keys}>{t.cursor(cursor.line, cursor.column)}</span>}
        </WideOnly>
      }
    >
      <Isolation state={state} />
    </StatusBar>
  );
}
