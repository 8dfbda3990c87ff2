import { Tabs as Base } from "@base-ui/react/tabs";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import { classes } from "./classes";
import styles from "./Tabs.module.css";

export interface TabItem<Value extends string> {
  value: Value;
  label: ReactNode;
  panel: ReactNode;
}

interface TabsProps<Value extends string> {
  label: string;
  items: TabItem<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  /** What stands beside the tabs. With it the panels take the height that there is, and scroll by themselves. */
  end?: ReactNode;
}

/** Panels of which one is shown. */
export function Tabs<Value extends string>({ label, items, value, onChange, end }: TabsProps<Value>): ReactNode {
  const list = (
    <Base.List className={styles["tabs"]} aria-label={label}>
      {items.map((item) => (
        <Base.Tab key={item.value} value={item.value} className={styles["tab"]}>
          {item.label}
        </Base.Tab>
      ))}
    </Base.List>
  );
  return (
    <Base.Root value={value} onValueChange={(chosen) => onChange(chosen as Value)} className={end === undefined ? undefined : styles["filled"]}>
      {end === undefined ? (
        list
      ) : (
        <div className={styles["head"]}>
          {list}
          <div className={styles["end"]}>{end}</div>
        </div>
      )}
      {items.map((item) => (
        <Base.Panel key={item.value} value={item.value} className={end === undefined ? undefined : styles["panel"]}>
          {item.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}

interface SegmentedProps<Value extends string> {
  label: string;
  options: { value: Value; label: ReactNode }[];
  value: Value;
  onChange: (value: Value) => void;
  size?: "bar" | "small" | "form";
}

/** A few that exclude each other, all in sight. The arrow keys choose. */
export function Segmented<Value extends string>({ label, options, value, onChange, size = "bar" }: SegmentedProps<Value>): ReactNode {
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = (options.findIndex((option) => option.value === value) + step + options.length) % options.length;
    const chosen = options[index];
    if (!chosen) return;
    onChange(chosen.value);
    (group.current?.children[index] as HTMLElement | undefined)?.focus();
  };
  return (
    <div ref={group} role="radiogroup" aria-label={label} className={classes(styles["segmented"], size !== "bar" && styles[size])} onKeyDown={onKeyDown}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
