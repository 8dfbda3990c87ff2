/** What an editor of code offers while somebody writes, and what it tells about words: parts of CodeMirror that know no data. */
import { type Completion, type CompletionContext, type CompletionResult, pickedCompletion, startCompletion } from "@codemirror/autocomplete";
import { type EditorView, hoverTooltip } from "@codemirror/view";

/** What is told about a word: its name, what it is for, and facts. */
export interface About {
  name: string;
  text: string;
  facts: [name: string, text: string][];
}

export interface Suggestion {
  /** What is written, with all that belongs to it. */
  text: string;
  label: string;
  detail: string;
  /** Those of a lower rank come first where they match alike; it is their place in the list unless it is given. */
  rank?: number;
  about?: () => Promise<About | null>;
  /** How far the cursor goes back after the text, to where it goes on. */
  back?: number;
  /** Whether something is offered at once for what comes next. */
  goesOn?: boolean;
}

/** What may stand in the place of a part of the code. */
export interface Suggestions {
  from: number;
  to: number;
  options: Suggestion[];
}

export type Suggest = (code: string, position: number) => Promise<Suggestions | null>;
export type Explain = (code: string, position: number) => Promise<(About & { from: number; to: number }) | null>;

function element(tag: string, content: string | HTMLElement[]): HTMLElement {
  const made = document.createElement(tag);
  if (typeof content === "string") made.textContent = content;
  else made.append(...content);
  return made;
}

/** Returns what is told about a word as nodes: tooltips of CodeMirror are none of React. */
function shown({ name, text, facts }: About): HTMLElement {
  const parts = [element("code", name), ...(text ? [element("p", text)] : [])];
  if (facts.length > 0) parts.push(element("dl", facts.flatMap(([term, told]) => [element("dt", term), element("dd", told)])));
  const box = element("div", parts);
  box.className = "about";
  return box;
}

function completion({ text, label, detail, rank, about, back = 0, goesOn = false }: Suggestion, index: number): Completion {
  return {
    label,
    detail,
    boost: -Math.min(rank ?? index, 99),
    ...(about && { info: async () => about().then((told) => told && shown(told)) }),
    apply: (view: EditorView, picked: Completion, from: number, to: number) => {
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length - back }, annotations: pickedCompletion.of(picked), userEvent: "input.complete" });
      if (goesOn) startCompletion(view);
    },
  };
}

/** Returns the source of completions for what is suggested. */
export function completionSource(suggest: Suggest) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const found = await suggest(context.state.doc.toString(), context.pos);
    if (!found || found.options.length === 0) return null;
    return { from: found.from, to: found.to, options: found.options.map(completion), validFor: /^[\w.-]*$/ };
  };
}

/** Tells about the word under the pointer. */
export function explanations(explain: Explain) {
  return hoverTooltip(async (view, position) => {
    const told = await explain(view.state.doc.toString(), position);
    return told && { pos: told.from, end: told.to, above: true, create: () => ({ dom: shown(told) }) };
  });
}
