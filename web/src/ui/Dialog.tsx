import { AlertDialog as BaseAlert } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type FormEvent, type ReactNode, useId } from "react";
import { texts } from "../texts";
import { Button, type ButtonTone, IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Dialog.module.css";
import { Notice } from "./Feedback";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Buttons, the main one last. */
  foot?: ReactNode;
}

/** A dialog above the page. Escape and a click beside it close it. */
export function Dialog({ open, onClose, title, children, foot }: DialogProps): ReactNode {
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles["backdrop"]} />
        <Base.Popup className={styles["popup"]}>
          <div className={styles["head"]}>
            <Base.Title>{title}</Base.Title>
            <Base.Close render={<IconButton icon={X} label={texts.actions.close} tone="quiet" />} />
          </div>
          <div className={styles["body"]}>{children}</div>
          {foot && <div className={styles["foot"]}>{foot}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface FormDialogProps {
  title: string;
  /** The words on the button that sends the form. */
  action: string;
  tone?: ButtonTone;
  busy: boolean;
  /** Why all of it was refused; what is wrong with one field stands there. */
  refusal?: string | null | undefined;
  onClose: () => void;
  onSubmit: (form: FormData) => void;
  children: ReactNode;
}

/** A dialog with a form, which is sent by a button in its foot or by the return key. */
export function FormDialog({ title, action, tone = "primary", busy, refusal, onClose, onSubmit, children }: FormDialogProps): ReactNode {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget));
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      foot={
        <>
          <Button size="form" onClick={onClose}>
            {texts.actions.cancel}
          </Button>
          <Button size="form" tone={tone} type="submit" form={id} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      {refusal && <Notice tone="lost">{refusal}</Notice>}
      <form id={id} onSubmit={submit} noValidate>
        {children}
      </form>
    </Dialog>
  );
}

/** A dialog with nothing of its own, for the command palette. */
export function BareDialog({ open, onClose, title, children }: Omit<DialogProps, "foot">): ReactNode {
  return (
    <Base.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles["backdrop"]} />
        <Base.Popup className={classes(styles["popup"], styles["palette"])} aria-label={title}>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and whether there is a way back. */
  children: ReactNode;
  action: string;
  tone?: ButtonTone;
  busy?: boolean;
  onConfirm: () => void;
}

/** Asks before something that cannot simply be taken back. */
export function Confirm({ open, onClose, title, children, action, tone = "danger", busy = false, onConfirm }: ConfirmProps): ReactNode {
  return (
    <BaseAlert.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <BaseAlert.Portal>
        <BaseAlert.Backdrop className={styles["backdrop"]} />
        <BaseAlert.Popup className={styles["popup"]}>
          <div className={styles["head"]}>
            <BaseAlert.Title>{title}</BaseAlert.Title>
          </div>
          <BaseAlert.Description className={styles["body"]} render={<div />}>
            {children}
          </BaseAlert.Description>
          <div className={styles["foot"]}>
            <BaseAlert.Close render={<Button size="form">{texts.actions.cancel}</Button>} />
            <Button size="form" tone={tone} busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </BaseAlert.Popup>
      </BaseAlert.Portal>
    </BaseAlert.Root>
  );
}
