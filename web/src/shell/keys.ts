import { useEffect, useEffectEvent } from "react";
import { isTyping } from "../ui";

/** Returns the name of a pressed key as shortcuts have it: `mod+k`, `?`, `g`. */
function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.metaKey || event.ctrlKey ? "mod+" : ""}${event.altKey ? "alt+" : ""}${key}`;
}

/**
 * Calls functions for keys while a component is shown. Keys without `mod` are not taken while somebody types, nor while a
 * dialog or a menu is open.
 */
export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const name = nameOf(event);
    const action = keys[name];
    const isTaken = isTyping(event) || document.querySelector("[role=dialog], [role=alertdialog], [role=menu]");
    if (!action || (!name.startsWith("mod+") && isTaken)) return;
    event.preventDefault();
    action(event);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKeyDown(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}
