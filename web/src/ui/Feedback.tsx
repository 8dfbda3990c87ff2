import { Toast } from "@base-ui/react/toast";
import { CircleAlert, CircleCheck, Clock, Info, type LucideIcon, RotateCw, X } from "lucide-react";
import { type ReactNode, useEffect, useEffectEvent } from "react";
import { texts } from "../texts";
import { Button } from "./Button";
import { classes } from "./classes";
import styles from "./Feedback.module.css";
import { Keys } from "./Tag";
import { isTyping } from "./typing";

/** A page or a list with nothing in it: one sentence, and the one thing to do. */
export function Empty({ icon: Icon, title, children, action }: { icon: LucideIcon; title: string; children?: ReactNode; action?: ReactNode }): ReactNode {
  return (
    <div className={styles["empty"]}>
      <Icon size={24} strokeWidth={1.5} aria-hidden />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action && <div>{action}</div>}
    </div>
  );
}

const NOTICE_ICONS = { plain: Info, won: CircleCheck, due: Clock, lost: CircleAlert } as const;

/** Something to know about what is around it. */
export function Notice({ tone = "plain", children, action }: { tone?: keyof typeof NOTICE_ICONS; children: ReactNode; action?: ReactNode }): ReactNode {
  const Icon = NOTICE_ICONS[tone];
  return (
    <div className={classes(styles["notice"], tone !== "plain" && styles[tone])} role={tone === "lost" ? "alert" : undefined}>
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      <div>{children}</div>
      {action}
    </div>
  );
}

/** What went wrong with a whole page or pane, with another try. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }): ReactNode {
  const isOffline = !navigator.onLine;
  return (
    <Empty
      icon={CircleAlert}
      title={isOffline ? texts.states.offline : texts.states.failed}
      action={
        onRetry && (
          <Button icon={RotateCw} onClick={onRetry}>
            {texts.actions.retry}
          </Button>
        )
      }
    >
      {isOffline ? texts.states.offlineHint : error instanceof Error ? error.message : texts.states.failedHint}
    </Empty>
  );
}

/** The place of a text that is still to come. */
export function Skeleton({ width = "m" }: { width?: "s" | "m" | "l" | "full" }): ReactNode {
  return <span className={classes(styles["skeleton"], styles[width])} aria-hidden />;
}

/** Rows of a list that is still to come. */
export function SkeletonRows({ count = 12 }: { count?: number }): ReactNode {
  return (
    <div className={styles["rows"]} aria-busy>
      {Array.from({ length: count }, (_, row) => (
        <span key={row}>
          <Skeleton width="s" />
          <Skeleton width={row % 3 === 1 ? "m" : "l"} />
        </span>
      ))}
    </div>
  );
}

/** How much of something is used or done; `unknown` keeps its place where nobody knows how much there is. */
export function Progress({ label, value, max, tone = "accent", unknown = false }: { label: string; value: number; max: number; tone?: "accent" | "due"; unknown?: boolean }): ReactNode {
  if (unknown) return <span className={styles["progress"]} aria-hidden />;
  return <progress className={classes(styles["progress"], tone === "due" && styles["progressDue"])} value={value} max={max} aria-label={label} />;
}

interface ToastData {
  undo?: () => void;
}

const manager = Toast.createToastManager<ToastData>();

/** Says what just happened; `undo` offers to take it back. */
export function toast(title: string, { undo, failed = false }: { undo?: () => void; failed?: boolean } = {}): void {
  manager.add({ title, type: failed ? "failed" : "done", priority: failed ? "high" : "low", timeout: undo || failed ? 8000 : 4000, ...(undo && { data: { undo } }) });
}

function ToastList(): ReactNode {
  const { toasts, close } = Toast.useToastManager<ToastData>();
  const undoNewest = useEffectEvent((event: KeyboardEvent): void => {
    // Who is typing takes back what was typed.
    if (event.key.toLowerCase() !== "z" || !(event.metaKey || event.ctrlKey) || event.shiftKey || isTyping(event)) return;
    const newest = toasts.find((one) => one.data?.undo && one.transitionStatus !== "ending");
    if (!newest) return;
    event.preventDefault();
    close(newest.id);
    newest.data?.undo?.();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => undoNewest(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
  return toasts.map((one) => {
    const Icon = one.type === "failed" ? CircleAlert : CircleCheck;
    const undo = one.data?.undo;
    return (
      <Toast.Root key={one.id} toast={one} className={styles["toast"]}>
        <Toast.Content className={styles["toastContent"]}>
          <Icon size={16} strokeWidth={1.75} aria-hidden />
          <Toast.Title className={styles["toastTitle"]} />
          {undo && (
            <button
              type="button"
              className={styles["toastButton"]}
              onClick={() => {
                close(one.id);
                undo();
              }}
            >
              {texts.actions.undo}
              <Keys keys="mod+z" look="bare" />
            </button>
          )}
          <Toast.Close className={styles["toastButton"]} aria-label={texts.actions.close}>
            <X size={16} strokeWidth={1.75} aria-hidden />
          </Toast.Close>
        </Toast.Content>
      </Toast.Root>
    );
  });
}

/** The place where toasts appear; once in the app. */
export function Toasts({ children }: { children: ReactNode }): ReactNode {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={styles["toasts"]}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
