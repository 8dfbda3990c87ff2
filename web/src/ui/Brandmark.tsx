import type { ReactNode } from "react";
import styles from "./Brandmark.module.css";

/** The mark of the product. */
export function Brandmark({ size = 20 }: { size?: number }): ReactNode {
  return (
    <svg className={styles["mark"]} width={size} height={size} viewBox="0 0 20 20" aria-hidden>
      <path className={styles["plate"]} d="M5 0h4v7.2L14 5v10l-5-2.2V20H5a5 5 0 0 1-5-5V5a5 5 0 0 1 5-5z" />
      <path className={styles["joint"]} d="M10.6 0H15a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5h-4.4v-4.75l5 2.2V2.55l-5 2.2z" />
    </svg>
  );
}
