import type { UseMutationResult } from "@tanstack/react-query";
import { MessageSquare, Zap } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import type { Exchange } from "../api/conversations";
import { texts } from "../texts";
import { Chat, ChatRow, ExampleList, FirstTime, Said, Spinner } from "../ui";
import { ChatComposer, useConnection } from "./ChatComposer";

const t = texts.chatPage;

/** What a conversation is for, with examples that are put into the composer. */
export function FirstConversation({ send }: { send: UseMutationResult<Exchange, Error, { text: string; connection: string }> }): ReactNode {
  const [text, setText] = useState("");
  const composer = useRef<HTMLTextAreaElement>(null);
  const connection = useConnection();
  const use = (example: string): void => {
    setText(example);
    composer.current?.focus();
  };
  return (
    <Chat
      label={t.title}
      busy={send.isPending}
      foot={<ChatComposer ref={composer} text={text} onText={setText} connection={connection} busy={send.isPending} error={send.error} onSend={() => send.mutate({ text, connection: connection.name })} />}
    >
      {send.isPending && send.variables ? (
        <ChatRow by={t.you}>
          <Said>{send.variables.text}</Said>
          <Spinner label={t.working} />
        </ChatRow>
      ) : (
        <FirstTime icons={[MessageSquare, Zap]} title={t.empty} hint={t.emptyHint}>
          <ExampleList label={t.examples} examples={texts.chatExamples} onUse={use} />
        </FirstTime>
      )}
    </Chat>
  );
}
