import { ChevronRight, type LucideIcon } from "lucide-react";
import { Fragment, type ReactNode, useId } from "react";
import styles from "./Card.module.css";
import { classes } from "./classes";
import { Skeleton } from "./Feedback";

/** Cards beside and below one another. */
export function CardGrid({ label, busy = false, children }: { label: string; busy?: boolean; children: ReactNode }): ReactNode {
  return (
    <ul className={styles["grid"]} aria-label={label} aria-busy={busy || undefined}>
      {children}
    </ul>
  );
}

/** A square with a mark. */
export function Tile({ children }: { children: ReactNode }): ReactNode {
  return <span className={styles["tile"]}>{children}</span>;
}

interface CardProps {
  /** The place of the card, to which links may lead. */
  anchor?: string;
  mark: ReactNode;
  title: string;
  state: ReactNode;
  subtitle: ReactNode;
  facts: [label: string, value: ReactNode][];
  children?: ReactNode;
  foot: ReactNode;
  footEnd: ReactNode;
}

/** Something that is set up: what it is, its state, its facts, what to do with it. */
export function Card({ anchor, mark, title, state, subtitle, facts, children, foot, footEnd }: CardProps): ReactNode {
  const id = useId();
  return (
    <li id={anchor}>
      <article className={styles["card"]} aria-labelledby={id}>
        <header className={styles["head"]}>
          <Tile>{mark}</Tile>
          <div className={styles["titles"]}>
            <div className={styles["titleLine"]}>
              <h2 id={id} title={title}>
                {title}
              </h2>
              {state}
            </div>
            <p className={styles["subtitle"]}>{subtitle}</p>
          </div>
        </header>
        <dl className={styles["facts"]}>
          {facts.map(([label, value]) => (
            <Fragment key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
        {children && <div className={styles["body"]}>{children}</div>}
        <footer className={styles["foot"]}>
          {foot}
          <span className={styles["end"]}>{footEnd}</span>
        </footer>
      </article>
    </li>
  );
}

/** The place after the last card, with what makes another one: a link or a button around it has `newCardClass`. */
export function NewCard({ icon: Icon, title, hint }: { icon: LucideIcon; title: string; hint: string }): ReactNode {
  return (
    <>
      <Icon size={20} strokeWidth={1.5} aria-hidden />
      <strong>{title}</strong>
      <span>{hint}</span>
    </>
  );
}

export const newCardClass = styles["new"] as string;

/** The place of a card that is still to come. */
export function SkeletonCard(): ReactNode {
  return (
    <li aria-hidden>
      <div className={classes(styles["card"], styles["skeleton"])}>
        <Skeleton width="m" />
        <Skeleton width="l" />
        <Skeleton width="m" />
        <Skeleton width="l" />
      </div>
    </li>
  );
}

export interface OptionRow {
  /** Told apart by its title unless given. */
  key?: string | number;
  icon?: LucideIcon;
  /** What stands in the place of the icon, such as a letter. */
  mark?: ReactNode;
  title: string;
  hint: string;
  onSelect: () => void;
}

/** A few ways to go on, one below the other. */
export function OptionList({ label, options }: { label: string; options: OptionRow[] }): ReactNode {
  return (
    <ul className={styles["options"]} aria-label={label}>
      {options.map(({ key, icon: Icon, mark, title, hint, onSelect }) => (
        <li key={key ?? title}>
          <button type="button" className={styles["option"]} onClick={onSelect}>
            <Tile>
              {Icon ? <Icon size={16} strokeWidth={1.75} aria-hidden /> : mark}
            </Tile>
            <span>
              <strong>{title}</strong>
              {hint && <small>{hint}</small>}
            </span>
            <ChevronRight size={16} strokeWidth={1.75} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
