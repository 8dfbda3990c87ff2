import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./FirstTime.module.css";

interface FirstTimeProps {
  /** What is joined to what. */
  icons: [from: LucideIcon, to: LucideIcon];
  title: string;
  hint: string;
  children: ReactNode;
}

/** A page that has nothing of the user's yet: what it is for, and the ways to begin. */
export function FirstTime({ icons: [From, To], title, hint, children }: FirstTimeProps): ReactNode {
  return (
    <section className={styles["first"]}>
      <div className={styles["art"]} aria-hidden>
        <span>
          <From size={20} strokeWidth={1.5} />
        </span>
        <i />
        <span>
          <To size={20} strokeWidth={1.5} />
        </span>
      </div>
      <h2>{title}</h2>
      <p>{hint}</p>
      {children}
    </section>
  );
}
