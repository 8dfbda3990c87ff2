import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ScriptRun } from "../api/editor";
import { texts } from "../texts";
import { State } from "../ui";

const t = texts.editorPage;

const TONES = { finished: "won", failed: "lost", stopped: "due", time: "lost", cpu: "lost", memory: "lost", output: "lost", interrupted: "due" } as const;

/** How a run of a script goes, or why it ended. */
export function OutcomeState({ status, outcome }: Pick<ScriptRun, "status" | "outcome">): ReactNode {
  if (outcome) return <State tone={TONES[outcome]}>{t.outcomes[outcome]}</State>;
  return <State tone="accent">{status === "preparing" ? t.preparing : t.running}</State>;
}

/** Leads to a run in the editor, beside its script if it has one. */
export function RunLink({ scriptId, runId, className, onClick, children }: { scriptId: number | null; runId: string; className: string; onClick?: () => void; children: ReactNode }): ReactNode {
  const own = { search: { run: runId }, className, ...(onClick && { onClick }) };
  if (scriptId === null) {
    return (
      <Link to="/editor" {...own}>
        {children}
      </Link>
    );
  }
  return (
    <Link to="/editor/$id" params={{ id: String(scriptId) }} {...own}>
      {children}
    </Link>
  );
}
