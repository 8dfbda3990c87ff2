import { Popover as Base } from "@base-ui/react/popover";
import { type ReactNode, type RefObject, useRef } from "react";
import styles from "./Popover.module.css";

interface PopoverProps {
  /** The button that opens and closes it. */
  anchor: RefObject<HTMLElement | null>;
  open: boolean;
  onClose: () => void;
  title: string;
  /** Which of its sides is that of the button. */
  align?: "start" | "end";
  /** What stands beside the title. */
  end?: ReactNode;
  children: ReactNode;
}

/** Something that opens below a button and belongs to it: a list with a head. Escape and a click beside it close it. */
export function Popover({ anchor, open, onClose, title, align = "end", end, children }: PopoverProps): ReactNode {
  // Not the first button: whoever opens it by the keyboard and presses once more should do nothing by that.
  const popup = useRef<HTMLDivElement>(null);
  const change = (isOpen: boolean, { event }: { event: Event }): void => {
    // A click on the button is the button's.
    if (!isOpen && !(event.target instanceof Node && anchor.current?.contains(event.target))) onClose();
  };
  return (
    <Base.Root open={open} onOpenChange={change}>
      <Base.Portal>
        <Base.Positioner className={styles["positioner"]} anchor={anchor} sideOffset={6} align={align} collisionPadding={8}>
          <Base.Popup ref={popup} className={styles["popup"]} initialFocus={popup} finalFocus={anchor}>
            <div className={styles["head"]}>
              <Base.Title>{title}</Base.Title>
              {end}
            </div>
            <div className={styles["body"]}>{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
