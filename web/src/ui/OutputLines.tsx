import { type ReactNode, useLayoutEffect, useRef } from "react";
import { texts } from "../texts";
import { classes } from "./classes";
import styles from "./OutputLines.module.css";

export interface OutputLine {
  /** When it came, as people read it. */
  time: string;
  text: string;
  isError: boolean;
}

/** Of more lines than these the last are shown: nobody reads all of them, and a browser would be slow. */
const MAX_LINES = 5000;

/** How far from the end one may be while the view follows new lines. */
const NEAR_END = 24;

/** What a program writes, line by line, each with its time. The view follows new lines unless one has scrolled up. */
export function OutputLines({ label, lines, foot }: { label: string; lines: OutputLine[]; /** What stands below the last line. */ foot?: ReactNode }): ReactNode {
  const view = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    const { current } = view;
    if (current && follows.current) current.scrollTop = current.scrollHeight;
  });
  const watch = (): void => {
    const { current } = view;
    if (current) follows.current = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_END;
  };
  const hidden = Math.max(lines.length - MAX_LINES, 0);
  return (
    <div ref={view} className={styles["output"]} role="log" aria-live="off" aria-label={label} tabIndex={0} onScroll={watch}>
      {hidden > 0 && <p className={styles["cut"]}>{texts.editorPage.linesCut(hidden)}</p>}
      {lines.slice(hidden).map((line, index) => (
        <div key={hidden + index} className={classes(styles["line"], line.isError && styles["error"])}>
          <time>{line.time}</time>
          <span>{line.text}</span>
        </div>
      ))}
      {foot && <div className={styles["foot"]}>{foot}</div>}
    </div>
  );
}
