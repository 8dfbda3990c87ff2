import type { LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import styles from "./Button.module.css";
import { classes } from "./classes";

export type ButtonTone = "plain" | "primary" | "quiet" | "danger" | "dangerQuiet";
export type ButtonSize = "bar" | "small" | "form" | "large";

interface Look {
  tone?: ButtonTone;
  /** `bar` in bars and rows, `form` beside inputs, `small` inside of something, `large` on its own. */
  size?: ButtonSize;
  icon?: LucideIcon;
  wide?: boolean;
}

/** Returns the classes of a button, for what looks like one and is a link. */
export function buttonClasses({ tone = "plain", size = "bar", wide = false, iconOnly = false }: Look & { iconOnly?: boolean }): string {
  return classes(
    styles["button"],
    size !== "bar" && styles[size],
    tone === "dangerQuiet" && styles["quiet"],
    tone !== "plain" && styles[tone],
    iconOnly && styles["icon"],
    wide && styles["wide"],
  );
}

const ICON_SIZES: Record<ButtonSize, number> = { bar: 16, small: 14, form: 16, large: 16 };

export type ButtonProps = Look & { busy?: boolean } & ComponentProps<"button">;

/** A button. While `busy` it shows that it works, keeps its width and cannot be pressed again. */
export function Button({ tone = "plain", size = "bar", icon: Icon, wide = false, busy = false, children, className, ...rest }: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest["aria-disabled"] || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
      className={classes(buttonClasses({ tone, size, wide }), className)}
    >
      {busy ? <span className={styles["spinner"]} aria-hidden /> : Icon && <Icon size={ICON_SIZES[size]} strokeWidth={1.75} aria-hidden />}
      {children}
    </button>
  );
}

export type IconButtonProps = { icon: LucideIcon; label: string; tone?: ButtonTone; size?: ButtonSize; count?: string | undefined } & Omit<ComponentProps<"button">, "children" | "aria-label">;

/** A button that shows an icon alone; `label` is what it does. A `count` at its corner is told by the label, too. */
export function IconButton({ icon: Icon, label, tone = "plain", size = "bar", count, className, ...rest }: IconButtonProps): ReactNode {
  return (
    <button type="button" title={label} {...rest} aria-label={label} className={classes(buttonClasses({ tone, size, iconOnly: true }), className)}>
      <Icon size={ICON_SIZES[size]} strokeWidth={1.75} aria-hidden />
      {count && (
        <span className={styles["count"]} aria-hidden>
          {count}
        </span>
      )}
    </button>
  );
}

/** The class of a link in running text. */
export const linkClass = styles["link"] as string;

/** Shows that something works and will end soon. */
export function Spinner({ label }: { label: string }): ReactNode {
  return <span className={styles["spinner"]} role="status" aria-label={label} />;
}
