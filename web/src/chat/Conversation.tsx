import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { memo, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { answerCard, answerQuestion, type CardAnswer, conversationQuery, keepExchange, type Message, say } from "../api/conversations";
import { texts } from "../texts";
import { Button, Chat, ChatRow, Empty, Failure, Fill, Line, Said, SkeletonRows, Spinner, toast } from "../ui";
import { ChatComposer, useConnection } from "./ChatComposer";
import { Part } from "./Parts";

const t = texts.chatPage;

export interface Answers {
  busy: boolean;
  onQuestion: (messageId: number, value: string) => void;
  onCard: (messageId: number, planId: string, answer: CardAnswer) => void;
  onUndone: () => void;
}

const Row = memo(function Row({ message, answers }: { message: Message; answers: Answers }): ReactNode {
  const isUser = message.role === "user";
  return (
    <ChatRow by={isUser ? t.you : t.assistant}>
      {message.parts.map((part, index) => (isUser ? <Said key={index}>{part.text ?? ""}</Said> : <Part key={index} part={part} message={message} answers={answers} />))}
    </ChatRow>
  );
});

/** Returns the card that the latest message has, if it waits. */
function waitingCard(messages: Message[]): { messageId: number; planId: string } | null {
  const latest = messages.at(-1);
  const card = latest?.parts.find((part) => part.card?.state === "waiting")?.card;
  return latest && card ? { messageId: latest.id, planId: card.plan_id } : null;
}

/** The messages of a conversation, and what one writes into. */
export function Conversation({ id, onName }: { id: number; onName: (name: string) => void }): ReactNode {
  const queries = useQueryClient();
  const composer = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const connection = useConnection();
  const query = useInfiniteQuery(conversationQuery(id));
  const pages = query.data?.pages;
  const messages = useMemo(() => (pages ?? []).toReversed().flatMap(({ items }) => items), [pages]);
  const name = pages?.[0]?.name ?? "";
  useEffect(() => onName(name), [name, onName]);

  const { mutate, isPending, variables, error } = useMutation({
    mutationFn: ({ work }: { work: () => ReturnType<typeof say>; said?: string }) => work(),
    onSuccess: (exchange, { said }) => {
      keepExchange(queries, exchange);
      void queries.invalidateQueries({ queryKey: ["runs"] });
      if (said !== undefined) setText((now) => (now === said ? "" : now));
    },
    onError: (failed, { said }) => {
      // What is on the page may be old: the card was answered in another tab.
      void queries.invalidateQueries({ queryKey: conversationQuery(id).queryKey });
      if (said === undefined) toast(failed.message, { failed: true });
    },
    // The button that was pressed is gone.
    onSettled: () => composer.current?.focus(),
  });
  const where = connection.name;
  const send = (): void => mutate({ said: text, work: () => say(id, text, where) });
  const onQuestion = useCallback((messageId: number, value: string) => mutate({ work: () => answerQuestion(id, messageId, value, where) }), [id, mutate, where]);
  const onCard = useCallback((messageId: number, planId: string, answer: CardAnswer) => mutate({ work: () => answerCard(id, messageId, planId, answer) }), [id, mutate]);
  const onUndone = useCallback(() => void queries.invalidateQueries({ queryKey: conversationQuery(id).queryKey }), [id, queries]);
  const answers = useMemo<Answers>(() => ({ busy: isPending, onQuestion, onCard, onUndone }), [isPending, onQuestion, onCard, onUndone]);

  if (query.error && !query.data) {
    const isMissing = query.error instanceof ApiError && (query.error.status === 404 || query.error.status === 400);
    return (
      <Fill>
        {isMissing ? (
          <Empty icon={SearchX} title={t.no}>
            {t.noHint}
          </Empty>
        ) : (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        )}
      </Fill>
    );
  }
  const waiting = waitingCard(messages);
  return (
    <Chat
      label={name || t.title}
      busy={isPending}
      start={
        query.hasNextPage && (
          <Line center>
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t.earlierMessages}
            </Button>
          </Line>
        )
      }
      foot={
        <ChatComposer
          ref={composer}
          text={text}
          onText={setText}
          onSend={send}
          onConfirm={waiting ? () => onCard(waiting.messageId, waiting.planId, "run") : undefined}
          connection={connection}
          busy={isPending}
          error={variables?.said === undefined ? null : error}
        />
      }
    >
      {!query.data && <SkeletonRows count={6} />}
      {messages.map((message) => (
        <Row key={message.id} message={message} answers={answers} />
      ))}
      {isPending && (
        <ChatRow by={t.you}>
          {variables?.said !== undefined && <Said>{variables.said}</Said>}
          <Spinner label={t.working} />
        </ChatRow>
      )}
    </Chat>
  );
}
