import { Command, CornerDownLeft } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { texts } from "../texts";
import { classes } from "./classes";
import styles from "./Tag.module.css";

export type Tone = "plain" | "line" | "won" | "lost" | "due" | "accent";
export type Hue = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Returns a hue for a name, always the same one. */
export function hueOf(name: string): Hue {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 8191;
  return ((sum % 7) + 1) as Hue;
}

/** A word in a small box: a label, a kind, a state. */
export function Tag({ tone = "plain", hue, title, children }: { tone?: Tone; hue?: Hue; title?: string; children: ReactNode }): ReactNode {
  return (
    <span title={title} className={classes(styles["tag"], hue && styles[`hue${hue}`], tone !== "plain" && styles[tone])}>
      {children}
    </span>
  );
}

/** A count. */
export function Badge({ children }: { children: ReactNode }): ReactNode {
  return <span className={styles["badge"]}>{children}</span>;
}

const KEY_ICONS = { mod: Command, enter: CornerDownLeft } as const;

/** The keys of a shortcut, `mod+k`; ⌘ is Ctrl where there is none. */
export function Keys({ keys, look = "plain" }: { keys: string; look?: "plain" | "onAccent" | "bare" }): ReactNode {
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  return (
    <span className={classes(styles["keys"], look === "onAccent" && styles["keysOnAccent"], look === "bare" && styles["keysBare"])} aria-hidden>
      {keys.split("+").map((key) => {
        const Icon = key === "mod" && !isMac ? null : KEY_ICONS[key as keyof typeof KEY_ICONS];
        return (
          <kbd key={key} className={styles["key"]}>
            {Icon ? <Icon size={10} strokeWidth={2.25} /> : key === "mod" ? texts.keys.control : key.toUpperCase()}
          </kbd>
        );
      })}
    </span>
  );
}

const DOTS = { won: "dotWon", lost: "dotLost", due: "dotDue", accent: "dotAccent", none: "" } as const;

/** A state: a dot and a word, never colour alone. */
export function State({ tone, children }: { tone: keyof typeof DOTS; children: ReactNode }): ReactNode {
  return (
    <span className={styles["state"]}>
      <span className={classes(styles["dot"], DOTS[tone] && styles[DOTS[tone]])} aria-hidden />
      <Fragment>{children}</Fragment>
    </span>
  );
}

/** The picture or the initials of a person, a square of an organization. */
export function Avatar({ name, picture, square = false, size = "s" }: { name: string; picture?: string | null; square?: boolean; size?: "s" | "m" | "l" }): ReactNode {
  const words = name.split(/\s+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "").join("");
  return (
    <span className={classes(styles["avatar"], styles[`hue${hueOf(name)}`], square && styles["square"], size !== "s" && styles[size])} aria-hidden>
      {picture ? <img src={picture} alt="" /> : initials.toUpperCase()}
    </span>
  );
}
