import { Link, type LinkProps } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId } from "react";
import { texts } from "../texts";
import { classes } from "./classes";
import styles from "./Feed.module.css";
import { Skeleton } from "./Feedback";

export interface FeedItem {
  key: string | number;
  icon: LucideIcon;
  tone?: "plain" | "won" | "lost" | "due";
  title: string;
  detail: string;
  time: { text: string; moment: string };
  isNew: boolean;
  /** Where it leads; without it, it can only be marked as read. */
  link?: LinkProps | undefined;
  onSelect: () => void;
}

/** What of one day there is. */
export interface FeedDay {
  title: string;
  items: FeedItem[];
}

const TONES = { plain: undefined, won: styles["won"], lost: styles["lost"], due: styles["due"] };

function Item({ item }: { item: FeedItem }): ReactNode {
  const { icon: Icon, tone = "plain", title, detail, time, isNew, link, onSelect } = item;
  const inside = (
    <>
      <span className={classes(styles["icon"], TONES[tone])}>
        <Icon size={16} strokeWidth={1.75} aria-hidden />
      </span>
      <span className={styles["words"]}>
        <span className={styles["title"]} title={title}>
          {isNew && <span className="visually-hidden">{texts.notifications.unread}: </span>}
          {title}
        </span>
        {detail && (
          <span className={styles["detail"]} title={detail}>
            {detail}
          </span>
        )}
      </span>
      <span className={styles["end"]}>
        <time dateTime={time.moment}>{time.text}</time>
        <span className={styles["dot"]} aria-hidden />
      </span>
    </>
  );
  const className = classes(styles["item"], isNew && styles["new"]);
  return link ? (
    <Link {...link} className={className} onClick={onSelect}>
      {inside}
    </Link>
  ) : (
    <button type="button" className={className} onClick={onSelect}>
      {inside}
    </button>
  );
}

/** Goes to the next or the one before with the arrow keys, as in a menu. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
  const step = steps[event.key];
  if (!step) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("li > a, li > button")];
  const next = items[items.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Day({ day }: { day: FeedDay }): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className={styles["day"]}>
        {day.title}
      </h3>
      <ul>
        {day.items.map((item) => (
          <li key={item.key}>
            <Item item={item} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What has happened, by days, the newest first. */
export function Feed({ days, foot }: { days: FeedDay[]; foot?: ReactNode }): ReactNode {
  return (
    <div role="presentation" onKeyDown={moveFocus}>
      {days.map((day) => (
        <Day key={day.title} day={day} />
      ))}
      {foot && <div className={styles["foot"]}>{foot}</div>}
    </div>
  );
}

/** The place of a feed that is still to come. */
export function SkeletonFeed({ count = 4 }: { count?: number }): ReactNode {
  return (
    <div aria-busy>
      {Array.from({ length: count }, (_, row) => (
        <div key={row} className={classes(styles["item"], styles["waiting"])}>
          <span />
          <span className={styles["words"]}>
            <span>
              <Skeleton width={row % 2 ? "m" : "l"} />
            </span>
            <span>
              <Skeleton width={row % 2 ? "l" : "m"} />
            </span>
          </span>
          <span />
        </div>
      ))}
    </div>
  );
}
