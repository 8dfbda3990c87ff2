import { useInfiniteQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { notificationsQuery } from "../api/notifications";
import { texts } from "../texts";
import { IconButton } from "../ui";

const t = texts.notifications;

/** From here on nobody counts. */
const MANY = 100;

const load = () => import("./NotificationPopover");
const NotificationPopover = lazy(async () => ({ default: (await load()).NotificationPopover }));

/** Returns what a screen reader says when there are more unread ones than before. */
function useAnnouncement(unread: number | undefined): string {
  const known = useRef<number | undefined>(undefined);
  const [announcement, setAnnouncement] = useState("");
  useEffect(() => {
    const before = known.current;
    known.current = unread;
    if (before !== undefined && unread !== undefined) setAnnouncement(unread > before ? t.fresh(unread - before) : "");
  }, [unread]);
  return announcement;
}

/** The bell of the top bar: how much there is to know, and the list of it, which is loaded when somebody is about to open it. */
export function NotificationBell(): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const { data, refetch } = useInfiniteQuery(notificationsQuery);
  const unread = data?.pages[0]?.unread;
  const announcement = useAnnouncement(unread);
  const shown = unread === undefined ? "0" : unread >= MANY ? t.many : String(unread);
  const toggle = (): void => {
    setWanted(true);
    setOpen(!open);
    if (!open) void refetch();
  };
  return (
    <>
      <IconButton
        ref={button}
        icon={Bell}
        tone="quiet"
        label={t.bell(shown)}
        count={shown === "0" ? undefined : shown}
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={toggle}
      />
      {wanted && (
        <Suspense>
          <NotificationPopover bell={button} open={open} onClose={close} />
        </Suspense>
      )}
      <span className="visually-hidden" role="status">
        {announcement}
      </span>
    </>
  );
}
