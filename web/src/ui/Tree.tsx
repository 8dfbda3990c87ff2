import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { texts } from "../texts";
import { Button } from "./Button";
import { classes } from "./classes";
import styles from "./Tree.module.css";

/** So many members are shown at a time, so that a large answer opens at once. */
const STEP = 100;

function isBranch(value: unknown): value is object {
  return value !== null && typeof value === "object" && Object.keys(value).length > 0;
}

function Leaf({ value }: { value: unknown }): ReactNode {
  const kind = value === null || typeof value === "boolean" ? "keyword" : typeof value === "number" ? "number" : typeof value === "string" ? "string" : "plain";
  return <span className={styles[kind]}>{JSON.stringify(value)}</span>;
}

function Members({ value, depth }: { value: object; depth: number }): ReactNode {
  const [shown, setShown] = useState(STEP);
  const entries = Object.entries(value);
  return (
    <ul className={classes(styles["members"], depth === 0 && styles["top"])}>
      {entries.slice(0, shown).map(([name, member]) => (
        <li key={name}>
          <Node name={name} value={member} depth={depth + 1} isItem={Array.isArray(value)} />
        </li>
      ))}
      {entries.length > shown && (
        <li>
          <Button size="small" tone="quiet" onClick={() => setShown(shown + STEP * 5)}>
            {texts.runPages.more}
          </Button>
        </li>
      )}
    </ul>
  );
}

function Node({ name, value, depth, isItem }: { name: string; value: unknown; depth: number; isItem: boolean }): ReactNode {
  // The first item of a list is open, so that one sees what the others are like.
  const [open, setOpen] = useState(depth <= 2 && (!isItem || name === "0"));
  const key = <span className={isItem ? styles["index"] : styles["name"]}>{name}</span>;
  if (!isBranch(value)) {
    return (
      <div className={styles["line"]}>
        {key}
        <Leaf value={value} />
      </div>
    );
  }
  const Icon = open ? ChevronDown : ChevronRight;
  const count = Object.keys(value).length;
  return (
    <>
      <button type="button" className={styles["branch"]} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon size={14} strokeWidth={2} aria-hidden />
        {key}
        <span className={styles["count"]}>{Array.isArray(value) ? `[${count}]` : `{${count}}`}</span>
      </button>
      {open && <Members value={value} depth={depth} />}
    </>
  );
}

/** JSON as a tree that opens and closes. */
export function Tree({ value, label }: { value: unknown; label: string }): ReactNode {
  return (
    <div className={styles["tree"]} role="group" aria-label={label}>
      {isBranch(value) ? <Members value={value} depth={0} /> : <Leaf value={value} />}
    </div>
  );
}
