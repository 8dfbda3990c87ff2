import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python, pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, type Extension, Prec, type Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { type ReactNode, type Ref, useEffect, useEffectEvent, useImperativeHandle, useLayoutEffect, useRef } from "react";
import styles from "./CodeEditor.module.css";
import { completionSource, type Explain, explanations, type Suggest } from "./suggestions";
import { highlighting, theme } from "./theme";

/** What pages do with an editor besides showing it. */
export interface CodeEditorHandle {
  focus: () => void;
  /** Writes where the cursor is; the cursor goes to `back` letters before its end, and what may stand there is offered. */
  insert: (text: string, back: number) => void;
}

interface CodeEditorProps {
  ref?: Ref<CodeEditorHandle>;
  label: string;
  value: string;
  readOnly?: boolean;
  onChange: (value: string) => void;
  /** Where the cursor is: the position, and its line and column, from 1. */
  onCursor: (cursor: { position: number; line: number; column: number }) => void;
  suggest: Suggest;
  explain: Explain;
  /** What keys do with the code, by their CodeMirror names. */
  keys: Record<string, (code: string) => void>;
}

/** Marks what comes from outside, and is told to nobody. */
const fromOutside = Annotation.define<boolean>();

/**
 * Writes over what is selected. Left to itself, a browser would keep the look of what was there in a style attribute, which the
 * policy of the pages refuses aloud.
 */
const writeOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { from, to, empty } = view.state.selection.main;
    const text = event.data;
    if (event.inputType !== "insertText" || text === null || empty || view.composing || view.state.readOnly) return false;
    const insert = (): Transaction => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});

const COMMON: Extension = [
  writeOver,
  lineNumbers(),
  history(),
  drawSelection(),
  indentUnit.of("    "),
  EditorState.tabSize.of(4),
  python(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion({ icons: false, activateOnTypingDelay: 50 }),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
  syntaxHighlighting(highlighting),
  theme,
  keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
];

/**
 * An editor of Python. Escape and then Tab leave it.
 *
 * It stands in a shadow tree: there CodeMirror adopts its style sheets, while those that it writes into a page are not permitted.
 */
export function CodeEditor({ ref, label, value, readOnly = false, onChange, onCursor, suggest, explain, keys }: CodeEditorProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const tell = useEffectEvent((text: string) => onChange(text));
  const tellCursor = useEffectEvent((state: EditorState) => {
    const position = state.selection.main.head;
    const line = state.doc.lineAt(position);
    onCursor({ position, line: line.number, column: position - line.from + 1 });
  });
  const press = useEffectEvent((key: string, code: string) => keys[key]?.(code));
  const ask = useEffectEvent(suggest);
  const tellAbout = useEffectEvent(explain);
  const first = useEffectEvent(() => ({ doc: value, names: Object.keys(keys) }));

  useImperativeHandle(ref, () => ({
    focus: () => editor.current?.focus(),
    insert: (text, back) => {
      const view = editor.current;
      if (!view) return;
      const { from, to } = view.state.selection.main;
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length - back }, scrollIntoView: true, userEvent: "input" });
      view.focus();
      startCompletion(view);
    },
  }));

  useEffect(() => {
    const place = host.current as HTMLDivElement;
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const { doc, names } = first();
    const view = new EditorView({
      doc,
      parent: root,
      root,
      extensions: [
        Prec.highest(keymap.of(names.map((key) => ({ key, preventDefault: true, run: ({ state }) => (press(key, state.doc.toString()), true) })))),
        COMMON,
        pythonLanguage.data.of({ autocomplete: completionSource((code, position) => ask(code, position)) }),
        explanations((code, position) => tellAbout(code, position)),
        EditorState.readOnly.of(readOnly),
        EditorView.editable.of(!readOnly),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", ...(readOnly && { "aria-readonly": "true" }) }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(fromOutside))) tell(update.state.doc.toString());
          if (update.docChanged || update.selectionSet) tellCursor(update.state);
        }),
      ],
    });
    editor.current = view;
    tellCursor(view.state);
    return () => {
      editor.current = null;
      view.destroy();
    };
  }, [label, readOnly]);

  // Before the next key: later it would take back what was written since.
  useLayoutEffect(() => {
    const view = editor.current;
    if (!view || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, annotations: fromOutside.of(true) });
  }, [value]);

  return <div ref={host} className={styles["host"]} />;
}
