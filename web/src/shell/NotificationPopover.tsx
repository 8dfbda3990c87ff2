import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { type ReactNode, type RefObject, useMemo } from "react";
import { markAllRead, markRead, type Notification, notificationsQuery } from "../api/notifications";
import { texts } from "../texts";
import { Button, Empty, Failure, Feed, type FeedDay, type FeedItem, Popover, SkeletonFeed, toast } from "../ui";
import { type Formats, useFormats } from "./format";
import { wordsOf } from "./notificationWords";

const t = texts.notifications;

const sayWhyNot = (reason: Error): void => toast(reason.message, { failed: true });

/** Returns notifications by days, in their order. */
function daysOf(found: Notification[], formats: Formats, onSelect: (one: Notification, leads: boolean) => void): FeedDay[] {
  const days: FeedDay[] = [];
  for (const one of found) {
    const words = wordsOf(one);
    const item: FeedItem = {
      key: one.id,
      ...words,
      time: { text: formats.time(one.time), moment: one.time },
      isNew: !one.is_read,
      onSelect: () => onSelect(one, words.link !== undefined),
    };
    const title = formats.day(one.time);
    const last = days.at(-1);
    if (last?.title === title) last.items.push(item);
    else days.push({ title, items: [item] });
  }
  return days;
}

/** The list. What one goes to or chooses is read then. */
function NotificationList({ onLeave }: { onLeave: () => void }): ReactNode {
  const queries = useQueryClient();
  const formats = useFormats();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(notificationsQuery);
  const days = useMemo(() => {
    const select = (one: Notification, leads: boolean): void => {
      if (!one.is_read) markRead(queries, one.id).catch(sayWhyNot);
      if (leads) onLeave();
    };
    return daysOf(data?.pages.flatMap(({ items }) => items) ?? [], formats, select);
  }, [data, formats, queries, onLeave]);
  if (!data) return error ? <Failure error={error} onRetry={() => void refetch()} /> : <SkeletonFeed />;
  if (days.length === 0)
    return (
      <Empty icon={Bell} title={t.empty}>
        {t.emptyHint}
      </Empty>
    );
  return (
    <Feed
      days={days}
      foot={
        hasNextPage && (
          <Button tone="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t.more}
          </Button>
        )
      }
    />
  );
}

/** What opens below the bell. */
export function NotificationPopover({ bell, open, onClose }: { bell: RefObject<HTMLElement | null>; open: boolean; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const { data } = useInfiniteQuery(notificationsQuery);
  const [first] = data?.pages ?? [];
  const newest = first?.items[0]?.id;
  // It stays when nothing is left to do, so that the focus has a place.
  const markAll = newest !== undefined && (
    <Button tone="quiet" size="small" aria-disabled={!first?.unread} onClick={() => first?.unread && void markAllRead(queries, newest).catch(sayWhyNot)}>
      {t.markAll}
    </Button>
  );
  return (
    <Popover anchor={bell} open={open} onClose={onClose} title={t.title} end={markAll}>
      <NotificationList onLeave={onClose} />
    </Popover>
  );
}
