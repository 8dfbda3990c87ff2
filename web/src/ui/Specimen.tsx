import type { ReactNode } from "react";
import styles from "./Gallery.module.css";

/** Components of one kind in the gallery. */
export function Specimen({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <div data-specimen className={styles["specimen"]}>
      <h3>{title}</h3>
      {children}
    </div>
  );
}
