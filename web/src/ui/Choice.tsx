import { type ComponentProps, type ReactNode, useId } from "react";
import styles from "./Choice.module.css";
import { useField } from "./Field";

type ChoiceProps = { label?: ReactNode; hint?: ReactNode } & Omit<ComponentProps<"input">, "type">;

function Choice({ label, hint, control }: { label: ReactNode; hint: ReactNode; control: ReactNode }): ReactNode {
  if (!label) return control;
  return (
    <label className={styles["choice"]}>
      {control}
      <span>
        {label}
        {hint && <small>{hint}</small>}
      </span>
    </label>
  );
}

/** A box to tick; `mixed` says that some of those it stands for are ticked. */
export function Checkbox({ label, hint, mixed = false, ...rest }: ChoiceProps & { mixed?: boolean }): ReactNode {
  const field = useField();
  const setMixed = (input: HTMLInputElement | null): void => {
    if (input) input.indeterminate = mixed;
  };
  return <Choice label={label} hint={hint} control={<input {...field} {...rest} ref={setMixed} type="checkbox" className={styles["box"]} />} />;
}

/** One of several that exclude each other; those of one `name` belong together. */
export function Radio({ label, hint, ...rest }: ChoiceProps): ReactNode {
  return <Choice label={label} hint={hint} control={<input {...rest} type="radio" className={styles["radio"]} />} />;
}

/** Something that is on or off, and takes effect at once. */
export function Switch({ label, ...rest }: { label: ReactNode } & Omit<ComponentProps<"input">, "type">): ReactNode {
  const id = useId();
  return (
    <span className={styles["switchLine"]}>
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} type="checkbox" role="switch" className={styles["switch"]} />
    </span>
  );
}
