import type { ReactNode } from "react";
import { texts } from "../texts";
import { State } from "./Tag";

export type RunStatus = "running" | "ok" | "failed" | "refused" | "interrupted";

const TONES = { running: "accent", ok: "won", failed: "lost", refused: "lost", interrupted: "due" } as const;

/** How a run went: the status of HTTP where there is one, else in words; with both where there is room. */
export function RunState({ status, httpStatus, long = false }: { status: RunStatus; httpStatus: number | null; long?: boolean }): ReactNode {
  const words = texts.runPages.statuses[status];
  // To be slowed down is no fault of the call.
  const tone = httpStatus === 429 ? "due" : TONES[status];
  return <State tone={tone}>{httpStatus === null ? words : long ? `${httpStatus} ${words}` : httpStatus}</State>;
}
