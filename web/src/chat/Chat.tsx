import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ListIcon, Sparkles, SquarePen } from "lucide-react";
import { type ReactNode, useState } from "react";
import { beginConversation, type Conversation as ChatData, keepExchange, say } from "../api/conversations";
import { chatModelQuery } from "../api/settings";
import { texts } from "../texts";
import { buttonClasses, IconButton, Line, Main, Page, SmallOnly, Text, TopBar, WideOnly } from "../ui";
import { ConversationDialog, ConversationList } from "./ConversationList";
import { Conversation } from "./Conversation";
import { FirstConversation } from "./FirstConversation";

const route = getRouteApi("/shell/chat/$id");
const t = texts.chatPage;

/** The page around a conversation: the others at its left, on small screens in a dialog. */
function ChatFrame({ title, id, children }: { title: string; id: number | null; children: ReactNode }): ReactNode {
  const [listOpen, setListOpen] = useState(false);
  const model = useQuery(chatModelQuery);
  return (
    <Page title={title}>
      <TopBar title={<Text clip title={title}>{title}</Text>}>
        {model.data?.name && (
          <WideOnly>
            <Line gap={1}>
              <Sparkles size={14} strokeWidth={1.75} aria-hidden />
              <Text tone="faint">{model.data.name}</Text>
            </Line>
          </WideOnly>
        )}
        <SmallOnly>
          <IconButton icon={ListIcon} label={t.all} onClick={() => setListOpen(true)} />
        </SmallOnly>
        <Link to="/chat" className={buttonClasses({})} aria-label={t.newChat}>
          <SquarePen size={16} strokeWidth={1.75} aria-hidden />
          <WideOnly>{t.newChat}</WideOnly>
        </Link>
      </TopBar>
      <Main layout="split">
        <ConversationList current={id} />
        {children}
      </Main>
      <ConversationDialog open={listOpen} onClose={() => setListOpen(false)} current={id} />
    </Page>
  );
}

/** A conversation that begins with the first text. */
export function NewChat(): ReactNode {
  const queries = useQueryClient();
  const navigate = useNavigate();
  // One that was begun and could not be spoken to is used by the next attempt.
  const [begun, setBegun] = useState<ChatData | null>(null);
  const send = useMutation({
    mutationFn: async ({ text, connection }: { text: string; connection: string }) => {
      const conversation = begun ?? (await beginConversation());
      setBegun(conversation);
      return say(conversation.id, text, connection);
    },
    onSuccess: async (exchange) => {
      keepExchange(queries, exchange);
      await navigate({ to: "/chat/$id", params: { id: String(exchange.conversation.id) } });
    },
  });
  return (
    <ChatFrame title={t.title} id={null}>
      <FirstConversation send={send} />
    </ChatFrame>
  );
}

/** A conversation that there is. */
export function OneChat(): ReactNode {
  const { id } = route.useParams();
  const number = /^\d{1,15}$/.test(id) ? Number(id) : 0;
  const [name, setName] = useState("");
  return (
    <ChatFrame title={name || t.title} id={number}>
      <Conversation key={id} id={number} onName={setName} />
    </ChatFrame>
  );
}
