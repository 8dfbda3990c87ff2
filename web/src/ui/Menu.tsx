import { Menu as Base } from "@base-ui/react/menu";
import type { LucideIcon } from "lucide-react";
import { type ReactElement, type ReactNode, useRef } from "react";
import { classes } from "./classes";
import styles from "./Menu.module.css";
import { Keys } from "./Tag";

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Whether it moves the focus: then it is done when the menu is closed, which else gives the focus back to its button. */
  takesFocus?: boolean;
  onSelect: () => void;
}

/** Groups of things to do; a line stands between groups. */
export type MenuGroups = { title?: string; items: MenuItem[] }[];

/** A menu that opens from `trigger`. */
export function Menu({ trigger, groups, align = "end" }: { trigger: ReactElement; groups: MenuGroups; align?: "start" | "end" }): ReactNode {
  const chosen = useRef<(() => void) | null>(null);
  const finish = (isOpen: boolean): void => {
    const { current: work } = chosen;
    if (isOpen) return;
    chosen.current = null;
    work?.();
  };
  return (
    <Base.Root onOpenChangeComplete={finish}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles["positioner"]} sideOffset={4} align={align}>
          <Base.Popup className={styles["popup"]} finalFocus={() => chosen.current === null}>
            {groups.map((group, index) => (
              <Base.Group key={group.title ?? index}>
                {index > 0 && <Base.Separator className={styles["line"]} />}
                {group.title && <Base.GroupLabel className={styles["title"]}>{group.title}</Base.GroupLabel>}
                {group.items.map(({ label, icon: Icon, keys, danger = false, disabled = false, takesFocus = false, onSelect }) => (
                  <Base.Item key={label} disabled={disabled} onClick={() => {
                      if (takesFocus) chosen.current = onSelect;
                      else onSelect();
                    }} className={classes(styles["item"], danger && styles["danger"])}>
                    {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden />}
                    <span className={styles["text"]}>{label}</span>
                    {keys && <Keys keys={keys} look="bare" />}
                  </Base.Item>
                ))}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
