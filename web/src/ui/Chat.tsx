import { ArrowUp } from "lucide-react";
import { type KeyboardEvent, type ReactNode, type Ref, useId } from "react";
import { texts } from "../texts";
import { IconButton } from "./Button";
import styles from "./Chat.module.css";
import { classes } from "./classes";

/** A conversation: its messages, which stay at the latest one, above what one writes into. `start` stands before the first one. */
export function Chat({ label, start, foot, busy = false, children }: { label: string; start?: ReactNode; foot: ReactNode; busy?: boolean; children: ReactNode }): ReactNode {
  return (
    <section className={styles["chat"]} aria-label={label}>
      {/* It scrolls, which the keyboard does where the focus is. */}
      {/* oxlint-disable-next-line no-noninteractive-tabindex */}
      <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={texts.chatPage.messages}>
        <div className={styles["column"]}>
          {start}
          <div role="log" aria-live="polite" aria-busy={busy} aria-label={texts.chatPage.messages}>
            {children}
          </div>
        </div>
      </div>
      <div className={styles["foot"]}>
        <div className={styles["column"]}>{foot}</div>
      </div>
    </section>
  );
}

/** One message. Those out of sight are not drawn, so that a long conversation is as quick as a short one. */
export function ChatRow({ by, children }: { by: string; children: ReactNode }): ReactNode {
  return (
    <article className={styles["row"]} aria-label={by}>
      {children}
    </article>
  );
}

/** What the user has said, as it was written. */
export function Said({ children }: { children: string }): ReactNode {
  return <p className={styles["said"]}>{children}</p>;
}

/** Something that was answered, with facts below it. */
export function Answered({ children, foot, end }: { children: ReactNode; foot?: ReactNode; end?: ReactNode }): ReactNode {
  return (
    <div className={styles["answer"]}>
      {children}
      {(foot || end) && (
        <div className={styles["answerFoot"]}>
          {foot}
          {end && <span className={styles["end"]}>{end}</span>}
        </div>
      )}
    </div>
  );
}

/** A text that is read, in paragraphs. */
export function ChatText({ children }: { children: string }): ReactNode {
  return <p className={styles["text"]}>{children}</p>;
}

/** What would change something, and waits for a click: `buttons` is what can be done with it. `quiet` once that is over. */
export function Proposal({ label, title, code, facts, buttons, quiet = false, children }: { label: string; title: ReactNode; code: string; facts: ReactNode; buttons?: ReactNode; quiet?: boolean; children: ReactNode }): ReactNode {
  return (
    <div className={classes(styles["proposal"], quiet && styles["quiet"])} role="group" aria-label={label}>
      <header>
        {title}
        <code className={styles["code"]}>{code}</code>
      </header>
      {/* It scrolls, which the keyboard does where the focus is. */}
      {/* oxlint-disable-next-line no-noninteractive-tabindex */}
      <div className={styles["changes"]} tabIndex={0} role="region" aria-label={code}>
        {children}
      </div>
      <footer>
        <span className={styles["facts"]}>{facts}</span>
        {buttons && <span className={styles["end"]}>{buttons}</span>}
      </footer>
    </div>
  );
}

/** Sentences that one can use as they are. */
export function ExampleList({ label, examples, onUse }: { label: string; examples: readonly string[]; onUse: (example: string) => void }): ReactNode {
  return (
    <ul className={styles["examples"]} aria-label={label}>
      {examples.map((example) => (
        <li key={example}>
          <button type="button" onClick={() => onUse(example)}>
            {example}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface ComposerProps {
  ref?: Ref<HTMLTextAreaElement> | undefined;
  value: string;
  onChange: (value: string) => void;
  onSend: () => void;
  /** What the keys that send do while nothing is written. */
  onConfirm?: (() => void) | undefined;
  busy: boolean;
  maxLength: number;
  children?: ReactNode;
}

/** What one writes into. Enter sends, with Shift it begins a new line. */
export function Composer({ ref, value, onChange, onSend, onConfirm, busy, maxLength, children }: ComposerProps): ReactNode {
  const hint = useId();
  const isEmpty = value.trim() === "";
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter ends the composition of a character first.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (busy) return;
    if (!isEmpty) onSend();
    else if (event.metaKey || event.ctrlKey) onConfirm?.();
  };
  return (
    <form
      className={styles["composer"]}
      aria-label={texts.chatPage.message}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && !isEmpty) onSend();
      }}
    >
      <textarea
        ref={ref}
        rows={1}
        aria-label={texts.chatPage.message}
        aria-describedby={hint}
        placeholder={texts.chatPage.placeholder}
        value={value}
        maxLength={maxLength}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <footer>
        {children}
        <span className={styles["end"]}>
          <span id={hint} className={styles["hint"]}>
            {texts.chatPage.keys}
          </span>
          <IconButton icon={ArrowUp} tone="primary" type="submit" label={texts.chatPage.send} aria-busy={busy || undefined} aria-disabled={busy || isEmpty || undefined} />
        </span>
      </footer>
    </form>
  );
}
