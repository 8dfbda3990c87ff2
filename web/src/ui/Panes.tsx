import type { ReactNode, Ref } from "react";
import { classes } from "./classes";
import styles from "./Panes.module.css";

/** A pane of a page that is split. On small screens panes stand below one another. */
export function Pane({ width = "rest", label, foot, scroll = true, ref, children }: { width?: "form" | "side" | "rest"; label: string; foot?: ReactNode; scroll?: boolean; ref?: Ref<HTMLElement>; children: ReactNode }): ReactNode {
  return (
    <section ref={ref} className={classes(styles["pane"], styles[width])} aria-label={label}>
      {scroll ? <div className={styles["scroll"]}>{children}</div> : children}
      {foot}
    </section>
  );
}

/** Panes beside one another. */
export function Panes({ children }: { children: ReactNode }): ReactNode {
  return <div className={styles["panes"]}>{children}</div>;
}

/** What stands in the middle of a pane in which there is nothing yet. */
export function Fill({ children }: { children: ReactNode }): ReactNode {
  return <div className={styles["fill"]}>{children}</div>;
}
