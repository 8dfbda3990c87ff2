import type { ComponentProps, ReactNode } from "react";
import { texts } from "../texts";
import styles from "./ActionRow.module.css";
import { classes } from "./classes";
import { Tag } from "./Tag";

export type Effect = "reads" | "writes" | "removes";

/** What an action does to data, in one word. */
export function EffectWord({ effect }: { effect: Effect }): ReactNode {
  return <span className={classes(styles["effect"], effect !== "reads" && styles[effect])}>{texts.effects[effect]}</span>;
}

/** The scrolled list of groups. */
export function ActionList({ label, ...rest }: { label: string } & ComponentProps<"section">): ReactNode {
  return <section {...rest} className={styles["list"]} aria-label={label} tabIndex={-1} />;
}

/** A group of rows under its title, which stays in sight. */
export function ActionGroupRows({ id, title, count, children }: { id: string; title: string; count: number; children: ReactNode }): ReactNode {
  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h2 className={styles["groupTitle"]} id={id}>
        {title} <span>{count}</span>
        <span aria-hidden>{texts.actionPages.tokens}</span>
      </h2>
      <ul>{children}</ul>
    </section>
  );
}

/** The class of the row of an action, which is a link. */
export function actionRowClass(deprecated: boolean): string {
  return classes(styles["row"], deprecated && styles["deprecated"]);
}

interface ActionRowProps {
  effect: Effect;
  name: ReactNode;
  purpose: ReactNode;
  version: string;
  cost: number;
  deprecated: boolean;
}

/** What stands in the row of an action. */
export function ActionRow({ effect, name, purpose, version, cost, deprecated }: ActionRowProps): ReactNode {
  return (
    <>
      <EffectWord effect={effect} />
      <code className={styles["name"]}>{name}</code>
      <span className={styles["purpose"]}>{purpose}</span>
      <span className={styles["facts"]}>
        {deprecated && <Tag>{texts.actionPages.deprecated}</Tag>}
        <span>{version}</span>
        <span className={styles["cost"]} title={texts.actionPages.tokens}>
          {cost}
        </span>
      </span>
    </>
  );
}
