/** Conversations of the chat, and what one does in them. */
import { infiniteQueryOptions, type QueryClient } from "@tanstack/react-query";
import { answerOf, app } from "./client";
import type { components } from "./generated/app";

export type Conversation = components["schemas"]["Conversation"];
export type ConversationDetails = components["schemas"]["ConversationDetails"];
export type Exchange = components["schemas"]["Exchange"];
export type Message = components["schemas"]["Message"];
export type MessagePart = components["schemas"]["MessagePart"];
export type Card = components["schemas"]["Card"];
export type Question = components["schemas"]["Question"];
export type RunAnswer = components["schemas"]["RunAnswer"];
export type ChatError = components["schemas"]["ChatError"];
export type CardAnswer = components["schemas"]["CardAnswer"]["answer"];

/** How long a text may be. */
export const MAX_TEXT_LENGTH = 65_535;

const LIST = ["conversations", "list"] as const;

/** One's conversations with some words, the one with the latest message first, page after page. */
export const conversationsQuery = (text: string) =>
  infiniteQueryOptions({
    queryKey: [...LIST, text],
    queryFn: ({ pageParam }) => answerOf(app.GET("/app/api/conversations", { params: { query: { ...(text && { text }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });

/** A conversation: the first page has the latest messages, each following one those before. */
export const conversationQuery = (id: number) =>
  infiniteQueryOptions({
    queryKey: ["conversations", "one", id],
    queryFn: ({ pageParam }) => answerOf(app.GET("/app/api/conversations/{id}", { params: { path: { id }, query: { ...(pageParam && { before: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.before,
  });

/** Puts messages that are new or have changed in their places, and the conversation at the top of the list. */
export function keepExchange(queries: QueryClient, { conversation, messages }: Exchange): void {
  queries.setQueryData(conversationQuery(conversation.id).queryKey, (known) => {
    if (!known) return known;
    const changed = new Map(messages.map((one) => [one.id, one]));
    const pages = known.pages.map((page) => ({ ...page, ...conversation, items: page.items.map((one) => changed.get(one.id) ?? settled(one)) }));
    const there = new Set(pages.flatMap(({ items }) => items.map(({ id }) => id)));
    const [latest, ...older] = pages;
    const added = messages.filter(({ id }) => !there.has(id));
    return latest ? { ...known, pages: [{ ...latest, items: [...latest.items, ...added] }, ...older] } : known;
  });
  void queries.invalidateQueries({ queryKey: LIST });
}

/** Only the latest question is open. */
function settled(message: Message): Message {
  if (!message.parts.some(({ question }) => question?.is_open)) return message;
  return { ...message, parts: message.parts.map((part) => (part.question ? { ...part, question: { ...part.question, is_open: false } } : part)) };
}

export function beginConversation(): Promise<Conversation> {
  return answerOf(app.POST("/app/api/conversations", { body: { name: null } }));
}

export function renameConversation(id: number, name: string): Promise<Conversation> {
  return answerOf(app.PATCH("/app/api/conversations/{id}", { params: { path: { id } }, body: { name } }));
}

export function deleteConversation(id: number): Promise<Conversation> {
  return answerOf(app.DELETE("/app/api/conversations/{id}", { params: { path: { id } } }));
}

export function say(id: number, text: string, connection: string): Promise<Exchange> {
  return answerOf(app.POST("/app/api/conversations/{id}/messages", { params: { path: { id } }, body: { text, connection } }));
}

export function answerQuestion(id: number, messageId: number, value: string, connection: string): Promise<Exchange> {
  return answerOf(app.POST("/app/api/conversations/{id}/messages/{message_id}/answer", { params: { path: { id, message_id: messageId } }, body: { value, connection } }));
}

export function answerCard(id: number, messageId: number, planId: string, answer: CardAnswer): Promise<Exchange> {
  return answerOf(app.POST("/app/api/conversations/{id}/messages/{message_id}/cards/{plan_id}", { params: { path: { id, message_id: messageId, plan_id: planId } }, body: { answer } }));
}
