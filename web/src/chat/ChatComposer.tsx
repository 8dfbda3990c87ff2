import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Plug, ShieldCheck } from "lucide-react";
import { type ReactNode, type Ref, useEffect, useState } from "react";
import { connectionsQuery } from "../api/connections";
import { MAX_TEXT_LENGTH } from "../api/conversations";
import { texts } from "../texts";
import { Button, Composer, Line, Menu, Notice, Stack, Text, WideOnly } from "../ui";

const t = texts.chatPage;
const LOCAL = "local";
const KEY = "dealwright.chat.connection";

interface Chosen {
  name: string;
  names: string[];
  choose: (name: string) => void;
}

/** The connection for what names none: that of the last time, as long as there is one. */
export function useConnection(): Chosen {
  const { data } = useQuery(connectionsQuery);
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY) ?? LOCAL);
  const usable = (data ?? []).filter(({ can_use }) => can_use);
  const names = usable.map(({ service, name }) => (service === "here" ? LOCAL : name));
  const choose = (name: string): void => {
    localStorage.setItem(KEY, name);
    setChosen(name);
  };
  return { name: data === undefined || names.includes(chosen) ? chosen : LOCAL, names, choose };
}

/** Whether the browser has a connection to anything. */
function useOnline(): boolean {
  const [isOnline, setIsOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = (): void => setIsOnline(navigator.onLine);
    for (const event of ["online", "offline"]) window.addEventListener(event, update);
    return () => {
      for (const event of ["online", "offline"]) window.removeEventListener(event, update);
    };
  }, []);
  return isOnline;
}

interface ChatComposerProps {
  ref?: Ref<HTMLTextAreaElement> | undefined;
  text: string;
  onText: (text: string) => void;
  onSend: () => void;
  onConfirm?: (() => void) | undefined;
  connection: Chosen;
  busy: boolean;
  error: Error | null;
}

/** What one writes into, with the connection, and why the last text was not sent. */
export function ChatComposer({ ref, text, onText, onSend, onConfirm, connection, busy, error }: ChatComposerProps): ReactNode {
  const isOnline = useOnline();
  return (
    <Stack gap={2}>
      {!isOnline ? (
        <Notice tone="due">{t.offline}</Notice>
      ) : (
        error &&
        !busy && (
          <Notice
            tone="lost"
            action={
              text.trim() !== "" && (
                <Button size="small" onClick={onSend}>
                  {texts.actions.retry}
                </Button>
              )
            }
          >
            {error.message || t.failed}
          </Notice>
        )
      )}
      <Composer ref={ref} value={text} onChange={onText} onSend={onSend} onConfirm={onConfirm} busy={busy} maxLength={MAX_TEXT_LENGTH}>
        <Menu
          align="start"
          trigger={
            <Button tone="quiet" size="small" icon={Plug} aria-label={t.connection(connection.name)}>
              {connection.name}
              <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
            </Button>
          }
          groups={[{ title: t.connectionHint, items: connection.names.map((name) => ({ label: name, onSelect: () => connection.choose(name) })) }]}
        />
        <WideOnly>
          <Line gap={1}>
            <ShieldCheck size={14} strokeWidth={1.75} aria-hidden />
            <Text tone="faint" small>
              {t.writesAsk}
            </Text>
          </Line>
        </WideOnly>
      </Composer>
    </Stack>
  );
}
