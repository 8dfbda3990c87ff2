/** What the person who is signed in should know, and what of it was read. */
import { type InfiniteData, infiniteQueryOptions, type QueryClient } from "@tanstack/react-query";
import { answerOf, app } from "./client";
import type { components } from "./generated/app";

export type Notification = components["schemas"]["Notification"];
type Page = components["schemas"]["NotificationPage"];

/** The server says of new ones, and of those that were read in another tab, as it says of records. */
const KEY = ["records", "notification"] as const;

/** Notifications, the newest first, page after page; the first one says how many were not read. */
export const notificationsQuery = infiniteQueryOptions({
  queryKey: KEY,
  queryFn: ({ pageParam }) => answerOf(app.GET("/app/api/notifications", { params: { query: pageParam ? { cursor: pageParam } : {} } })),
  initialPageParam: "",
  getNextPageParam: (page: Page) => page.next_cursor,
});

/** Shows notifications as read before the server says so; `left` says of how many unread ones how many are left then. */
async function showAsRead(queries: QueryClient, isMeant: (one: Notification) => boolean, left: (unread: number) => number): Promise<void> {
  await queries.cancelQueries({ queryKey: KEY });
  queries.setQueryData<InfiniteData<Page, string>>(
    KEY,
    (known) =>
      known && {
        ...known,
        pages: known.pages.map((page) => ({ ...page, unread: left(page.unread), items: page.items.map((one) => (isMeant(one) ? { ...one, is_read: true } : one)) })),
      },
  );
}

/** Reads anew what is shown whatever came of a call. */
async function settle(queries: QueryClient, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } finally {
    void queries.invalidateQueries({ queryKey: KEY });
  }
}

export async function markRead(queries: QueryClient, id: number): Promise<void> {
  await showAsRead(
    queries,
    (one) => one.id === id,
    (unread) => Math.max(0, unread - 1),
  );
  await settle(queries, answerOf(app.POST("/app/api/notifications/{id}/read", { params: { path: { id } } })));
}

/** Marks all up to one as read: those that have come since were not seen. */
export async function markAllRead(queries: QueryClient, upTo: number): Promise<void> {
  await showAsRead(
    queries,
    (one) => one.id <= upTo,
    () => 0,
  );
  await settle(queries, answerOf(app.POST("/app/api/notifications/read", { body: { up_to: upTo } })));
}
