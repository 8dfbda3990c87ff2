import { type ComponentProps, type ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Workbench.module.css";

interface WorkbenchProps {
  /** What stands above the source, such as that it cannot be changed. */
  notice?: ReactNode;
  source: ReactNode;
  sourceLabel: string;
  output: ReactNode;
  outputLabel: string;
  status: ReactNode;
}

/** A source, below it what comes of it, and a bar with facts. */
export function Workbench({ notice, source, sourceLabel, output, outputLabel, status }: WorkbenchProps): ReactNode {
  return (
    <div className={styles["workbench"]}>
      {notice && <div className={styles["notice"]}>{notice}</div>}
      <section className={styles["source"]} aria-label={sourceLabel}>
        {source}
      </section>
      <section className={styles["output"]} aria-label={outputLabel}>
        {output}
      </section>
      {status}
    </div>
  );
}

/** What stands in a panel below the source. */
export function Results({ children }: { children: ReactNode }): ReactNode {
  return <div className={styles["results"]}>{children}</div>;
}

/** Facts below a page: the first may be long, the others stand at the end where there is room. */
export function StatusBar({ end, children }: { end: ReactNode; children: ReactNode }): ReactNode {
  return (
    <footer className={styles["status"]}>
      <span className={styles["first"]}>{children}</span>
      <span className={styles["end"]}>{end}</span>
    </footer>
  );
}

/** An entry of a list of scripts: a name, a mark of its state, and a line about it. The class of a link, and its parts. */
export function ScriptRow({ name, mark, detail }: { name: string; mark: ReactNode; detail: string }): ReactNode {
  return (
    <>
      <span className={styles["name"]}>{name}</span>
      <span className={styles["mark"]}>{mark}</span>
      <small className={styles["detail"]}>{detail}</small>
    </>
  );
}

/** The class of the link around a `ScriptRow`. */
export const scriptRowClass = styles["row"] as string;

/** Two buttons that look like one: what it does most, and other ways. */
export function ButtonPair({ className, ...rest }: ComponentProps<"span">): ReactNode {
  return <span {...rest} className={classes(styles["pair"], className)} />;
}
