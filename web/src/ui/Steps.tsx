import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Steps.module.css";

/** The steps of something long; `current` counts from 0. */
export function Steps({ label, steps, current }: { label: string; steps: string[]; current: number }): ReactNode {
  return (
    <ol className={styles["steps"]} aria-label={label}>
      {steps.map((step, index) => (
        <li key={step} aria-current={index === current ? "step" : undefined} className={classes(index < current && styles["done"])}>
          <span className={styles["number"]}>{index < current ? <Check size={12} strokeWidth={2.5} aria-hidden /> : index + 1}</span>
          <span className={styles["label"]}>{step}</span>
        </li>
      ))}
    </ol>
  );
}

/** A form with help beside it, where there is any. */
export function Wizard({ children, aside }: { children: ReactNode; aside?: ReactNode }): ReactNode {
  return (
    <div className={styles["wizard"]}>
      <div>{children}</div>
      {aside && <aside className={styles["aside"]}>{aside}</aside>}
    </div>
  );
}
