import type { ReactNode } from "react";
import styles from "./LineList.module.css";

export interface ListLine {
  key: string | number;
  start: ReactNode;
  /** A link of the class `lineTitleClass`. */
  title: ReactNode;
  end: ReactNode;
}

/** The class of the title of a line, which is shortened where room ends. */
export const lineTitleClass = styles["title"] as string;

/** Short lines below one another: when, what, how it went. */
export function LineList({ label, lines }: { label: string; lines: ListLine[] }): ReactNode {
  return (
    <ul className={styles["list"]} aria-label={label}>
      {lines.map((line) => (
        <li key={line.key} className={styles["line"]}>
          <span className={styles["start"]}>{line.start}</span>
          {line.title}
          <span className={styles["end"]}>{line.end}</span>
        </li>
      ))}
    </ul>
  );
}
