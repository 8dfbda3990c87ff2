/** What a notification says, how it looks and where it leads. */
import type { LinkProps } from "@tanstack/react-router";
import { AtSign, CircleAlert, CircleCheck, type LucideIcon, Unplug, UserRoundCheck, Webhook } from "lucide-react";
import type { Notification } from "../api/notifications";
import { texts } from "../texts";

const t = texts.notifications;

export interface NotificationWords {
  icon: LucideIcon;
  tone: "plain" | "won" | "lost" | "due";
  title: string;
  detail: string;
  link?: LinkProps | undefined;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function handedOver({ object, records, count, actor }: Notification): Pick<NotificationWords, "title" | "detail"> {
  const names = records.map(({ name, id }) => name || `#${id}`);
  const noun = t.noun(object, count);
  if (count === 1) return { title: names[0] ?? "", detail: t.by(capital(noun), actor?.name ?? null) };
  return { title: t.by(`${count} ${noun}`, actor?.name ?? null), detail: t.byMore(names.join(", "), count - names.length) };
}

function jobEnded({ job, object, outcome, records, text }: Notification): Omit<NotificationWords, "link"> {
  const name = records[0]?.name ?? "";
  const isDone = outcome === "completed";
  const title =
    job === "invitation" ? (isDone ? t.invitation.completed(name) : t.invitation.failed(name)) : isDone ? t.conversion.completed(t.noun(object), name) : t.conversion.failed(t.noun(object), name);
  return { icon: isDone ? CircleCheck : CircleAlert, tone: isDone ? "won" : "lost", title, detail: text ?? "" };
}

/** Returns the words of a notification. Records that have no page yet lead to the run that is behind it, or nowhere. */
export function wordsOf(notification: Notification): NotificationWords {
  const { kind, records, about, text, actor, outcome, run_id } = notification;
  const name = records[0]?.name ?? "";
  const run: LinkProps | undefined = run_id ? { to: "/runs/$id", params: { id: run_id } } : undefined;
  switch (kind) {
    case "handed_over":
      return { icon: UserRoundCheck, tone: "plain", ...handedOver(notification), link: run };
    case "mentioned":
      return {
        icon: AtSign,
        tone: "plain",
        title: t.mentioned(actor?.name ?? null, about?.name ?? ""),
        detail: text ?? "",
        link: run,
      };
    case "job_ended":
      return { ...jobEnded(notification), link: run };
    case "connection_lost":
      return { icon: Unplug, tone: "lost", title: t.connectionLost(name), detail: text ?? "", link: { to: "/connections", search: { q: name } } };
    case "webhook_off":
      return {
        icon: Webhook,
        tone: outcome === "banned" ? "due" : "lost",
        title: outcome === "banned" ? t.webhook.banned(name) : t.webhook.removed(name),
        detail: capital(text ?? ""),
        link: { to: "/settings/webhooks/$id", params: { id: records[0]?.id ?? "" } },
      };
  }
}
