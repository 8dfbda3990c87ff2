/** What a script writes comes in pieces, which end anywhere: here they become lines. */
import type { OutputPiece } from "../api/editor";

/** A line of output. One that `isOpen` goes on with the next piece of its stream. */
export interface WrittenLine {
  time: string;
  text: string;
  isError: boolean;
  isOpen: boolean;
}

/** Returns lines with more pieces behind them. */
export function withPieces(lines: WrittenLine[], pieces: OutputPiece[]): WrittenLine[] {
  const all = [...lines];
  for (const { time, stream, text } of pieces) {
    const isError = stream === "err";
    const parts = text.split("\n");
    const last = parts.length - 1;
    for (const [index, part] of parts.entries()) {
      const isOpen = index === last;
      // Behind the last line break there is nothing yet.
      if (isOpen && part === "") break;
      const before = all.at(-1);
      if (index === 0 && before?.isOpen && before.isError === isError) all[all.length - 1] = { ...before, text: before.text + clean(part), isOpen };
      else all.push({ time, text: clean(part), isError, isOpen });
    }
  }
  return all;
}

/** Returns a line without the carriage return of other systems; what was written over by one is left out. */
function clean(text: string): string {
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  return line.slice(line.lastIndexOf("\r") + 1);
}
