import type { ReactNode } from "react";
import styles from "./PickList.module.css";

/** A long list in a frame that scrolls, each entry with a control. */
export function PickList({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <ul className={styles["list"]} aria-label={label}>
      {children}
    </ul>
  );
}
