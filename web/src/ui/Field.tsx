import { CircleAlert, Eye, EyeOff, type LucideIcon, Paperclip } from "lucide-react";
import { type ComponentProps, createContext, type ReactNode, useContext, useId, useMemo, useState } from "react";
import { texts } from "../texts";
import { classes } from "./classes";
import styles from "./Field.module.css";

/** What a control of a field takes over: its id, whether it is wrong, and what describes it. */
interface FieldIds {
  id: string;
  invalid: boolean;
  describedBy: string | undefined;
}

const FieldContext = createContext<FieldIds | null>(null);

/** Returns the attributes that tie a control to the field around it. */
export function useField(): { id?: string; "aria-invalid"?: true; "aria-describedby"?: string } {
  const field = useContext(FieldContext);
  if (!field) return {};
  return {
    id: field.id,
    ...(field.invalid && { "aria-invalid": true as const }),
    ...(field.describedBy && { "aria-describedby": field.describedBy }),
  };
}

export interface FieldProps {
  label: ReactNode;
  /** The name of the value on the wire, under the human one. */
  code?: string | undefined;
  required?: boolean;
  hint?: ReactNode | undefined;
  error?: ReactNode;
  /** What stands at the end of the label, such as a link. */
  end?: ReactNode;
  /** A label at the left, as in forms of many fields. */
  inRow?: boolean;
  /** What stands below the label, such as a button about the whole field. */
  after?: ReactNode;
  /** Whether it has several controls, so that its label belongs to none of them. */
  plain?: boolean;
  children: ReactNode;
}

/** A control with its label, a hint, and what is wrong with it. */
export function Field({ label, code, required = false, hint, error, end, inRow = false, after, plain = false, children }: FieldProps): ReactNode {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const ids = useMemo(() => (plain ? null : { id, invalid: Boolean(error), describedBy }), [plain, id, error, describedBy]);
  const named = (
    <>
      <span>
        {label} {required && <span className={styles["required"]}>{texts.form.required}</span>}
      </span>
      {code && <code>{code}</code>}
      {end && <span className={styles["end"]}>{end}</span>}
    </>
  );
  return (
    <div className={classes(styles["field"], inRow && styles["row"])} role={plain ? "group" : undefined} aria-labelledby={plain ? `${id}-label` : undefined}>
      {plain ? (
        <div id={`${id}-label`} className={styles["label"]}>
          {named}
        </div>
      ) : (
        <label className={styles["label"]} htmlFor={id}>
          {named}
        </label>
      )}
      <FieldContext value={ids}>{children}</FieldContext>
      {hint && (
        <p id={`${id}-hint`} className={styles["hint"]}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={styles["error"]} role="alert">
          <CircleAlert size={14} aria-hidden />
          <span>{error}</span>
        </p>
      )}
      {after && <div className={styles["after"]}>{after}</div>}
    </div>
  );
}

/** Fields that belong together, in a frame. */
export function FieldGroup({ label, end, children }: { label: string; end?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <fieldset className={styles["group"]} aria-label={label}>
      {end && (
        <div className={styles["groupHead"]}>
          <span>{label}</span>
          {end}
        </div>
      )}
      {children}
    </fieldset>
  );
}

/** A file to send. */
export function FileInput({ file, onChange, label }: { file: File | null; onChange: (file: File | null) => void; label: string }): ReactNode {
  const field = useField();
  return (
    <span className={styles["control"]}>
      <Paperclip size={16} strokeWidth={1.75} aria-hidden />
      <span className={styles["fileName"]}>{file ? file.name : label}</span>
      <input {...field} type="file" className={styles["file"]} onChange={(event) => onChange(event.target.files?.[0] ?? null)} />
    </span>
  );
}

export type InputProps = { icon?: LucideIcon; unit?: ReactNode; end?: ReactNode; inBar?: boolean } & ComponentProps<"input">;

/** A line of text. */
export function Input({ icon: Icon, unit, end, inBar = false, className, ...rest }: InputProps): ReactNode {
  const field = useField();
  return (
    <span className={classes(styles["control"], inBar && styles["bar"], className)}>
      {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden />}
      <input autoComplete="off" {...field} {...rest} />
      {unit && <span className={styles["unit"]}>{unit}</span>}
      {end}
    </span>
  );
}

/** A password, which can be shown. */
export function PasswordInput(props: ComponentProps<"input">): ReactNode {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Input
      {...props}
      type={shown ? "text" : "password"}
      end={
        <button
          type="button"
          className={styles["peek"]}
          aria-label={shown ? texts.form.hidePassword : texts.form.showPassword}
          onClick={() => setShown(!shown)}
        >
          <Icon size={16} strokeWidth={1.75} aria-hidden />
        </button>
      }
    />
  );
}

/** Several lines of text. */
export function Textarea({ code = false, className, ...rest }: { code?: boolean } & ComponentProps<"textarea">): ReactNode {
  const field = useField();
  return <textarea rows={3} {...field} {...rest} className={classes(styles["textarea"], code && styles["code"], className)} />;
}

/** The classes of the frame of controls that are built elsewhere. */
export const controlClass = styles["control"] as string;
export const barControlClass = `${styles["control"]} ${styles["bar"]}`;
