import { ArrowRight } from "lucide-react";
import type { ReactNode } from "react";
import { texts } from "../texts";
import styles from "./ChangeCard.module.css";
import { classes } from "./classes";
import { Tag, type Tone } from "./Tag";

export interface MemberChange {
  key: string;
  name: string;
  before: string | null;
  after: string | null;
}

/** Members with their values before and after; of what `isNew` there were none before. */
export function ChangeRows({ members, isNew = false }: { members: MemberChange[]; isNew?: boolean }): ReactNode {
  const none = <span className={styles["none"]}>{texts.runPages.notSet}</span>;
  return (
    <dl>
      {members.map((member) => (
        <div key={member.key} className={classes(styles["member"], isNew && styles["new"])}>
          <dt title={member.key}>{member.name}</dt>
          {!isNew && (
            <>
              <dd className={styles["before"]}>{member.before === null || member.before === "" ? none : <del>{member.before}</del>}</dd>
              <dd className={styles["arrow"]} aria-hidden>
                <ArrowRight size={14} strokeWidth={1.75} />
              </dd>
            </>
          )}
          <dd className={styles["after"]}>{member.after === null || member.after === "" ? none : <ins>{member.after}</ins>}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The head of something that is changed: its name, what it is, and how. */
export function ChangeHead({ title, detail, action, tone }: { title: string; detail: string; action: string; tone: Tone }): ReactNode {
  return (
    <header className={styles["head"]}>
      <h3 title={title}>{title}</h3>
      <span className={styles["detail"]}>{detail}</span>
      <Tag tone={tone}>{action}</Tag>
    </header>
  );
}

/** Something that was changed: its values before and after. */
export function ChangeCard({ isNew = false, members, ...head }: { title: string; detail: string; action: string; tone: Tone; isNew?: boolean; members: MemberChange[] }): ReactNode {
  return (
    <article className={styles["card"]} aria-label={`${head.title}, ${head.action}`}>
      <ChangeHead {...head} />
      {members.length > 0 && <ChangeRows members={members} isNew={isNew} />}
    </article>
  );
}
