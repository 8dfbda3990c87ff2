const EDITED = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";

/** Whether a key was pressed where somebody writes, be it inside of a shadow tree. */
export function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return target instanceof Element && target.closest(EDITED) !== null;
}
