/** The look of the code editor, from the same tokens as everything else. */
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const FLOATING = { border: "none", borderRadius: "var(--radius)", background: "var(--surface-raised)", boxShadow: "var(--shadow-float)", color: "var(--text-normal)" };

export const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text-normal)", background: "var(--surface)", font: "400 0.8125rem/1.25rem var(--mono)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.25rem" },
  ".cm-content": { padding: "var(--space-2) 0", caretColor: "var(--accent-text)" },
  ".cm-line": { padding: "0 var(--space-4) 0 var(--space-3)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--accent-text)", borderLeftWidth: "2px" },
  ".cm-gutters": { border: "none", background: "var(--surface)", color: "var(--text-faint)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "40px", padding: "0 var(--space-1) 0 var(--space-3)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "var(--surface-hover)", color: "inherit" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-soft)" },
  "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": { background: "var(--surface-selected)", outline: "1px solid var(--hairline)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "var(--lost-soft)" },
  ".cm-placeholder": { color: "var(--text-faint)" },
  ".cm-searchMatch": { background: "var(--due-soft)" },
  ".cm-searchMatch.cm-searchMatch-selected": { background: "var(--accent-soft)" },
  ".cm-tooltip": FLOATING,
  ".cm-tooltip.cm-tooltip-autocomplete": { padding: "var(--space-1)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "232px", minWidth: "min(344px, calc(100vw - 40px))", maxWidth: "min(560px, calc(100vw - 40px))", fontFamily: "var(--mono)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    alignItems: "center",
    gap: "var(--space-3)",
    minHeight: "28px",
    padding: "0 var(--space-2)",
    borderRadius: "var(--radius-inner)",
    color: "var(--text-strong)",
    font: "var(--type-code)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--surface-selected)", color: "var(--text-strong)" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent-text)" },
  ".cm-completionDetail": { marginLeft: "auto", overflow: "hidden", textOverflow: "ellipsis", color: "var(--text-faint)", font: "var(--type-small)", fontStyle: "normal" },
  ".cm-tooltip.cm-completionInfo": { ...FLOATING, padding: "0", margin: "0 var(--space-1)" },
  // Small screens have no room beside the list.
  "@media (max-width: 639px)": { ".cm-tooltip.cm-completionInfo": { display: "none" } },
  ".cm-panels": { background: "var(--surface-sunken)", color: "var(--text-normal)", borderColor: "var(--hairline)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--hairline)" },
  ".cm-panel.cm-search": { padding: "var(--space-2) var(--space-4)", font: "var(--type-small)" },
  ".cm-panel.cm-search [name=close]": { top: "var(--space-2)", right: "var(--space-3)", color: "var(--text-normal)", fontSize: "1rem" },
  ".cm-textfield": { padding: "2px var(--space-2)", border: "1px solid var(--hairline-strong)", borderRadius: "var(--radius-inner)", background: "var(--surface)", color: "var(--text-strong)", font: "var(--type-small)" },
  ".cm-button": { padding: "2px var(--space-2)", border: "1px solid var(--hairline)", borderRadius: "var(--radius-inner)", background: "var(--surface)", color: "var(--text-strong)", font: "var(--type-small)" },
  ".about": { display: "grid", gap: "var(--space-2)", maxWidth: "min(360px, calc(100vw - 48px))", padding: "var(--space-3)", font: "var(--type-small)", whiteSpace: "normal" },
  ".about code": { color: "var(--text-strong)", font: "var(--type-code)", fontWeight: "var(--weight-medium)" },
  ".about p": { margin: "0" },
  ".about dl": { display: "grid", gridTemplateColumns: "auto minmax(0, 1fr)", alignItems: "baseline", gap: "2px var(--space-3)", margin: "0" },
  ".about dt": { color: "var(--text-strong)", font: "var(--type-code)" },
  ".about dd": { margin: "0", overflow: "hidden", color: "var(--text-faint)", textOverflow: "ellipsis", whiteSpace: "nowrap" },
});

export const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.bool, tags.null], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.function(tags.propertyName)], color: "var(--code-name)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-comment)" },
]);
