import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis, Pencil, Search, Trash2 } from "lucide-react";
import { type ReactNode, useDeferredValue, useState } from "react";
import { type Conversation, conversationsQuery, deleteConversation, renameConversation } from "../api/conversations";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { Button, Confirm, Dialog, Failure, Field, FormDialog, IconButton, Input, Line, Menu, SideList, SideTitle, sideItemClass, SkeletonRows, Stack, Text, toast } from "../ui";

const t = texts.chatPage;

/** Renames a conversation, or deletes it. */
function Options({ conversation, isCurrent }: { conversation: Conversation; isCurrent: boolean }): ReactNode {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState<"name" | "delete" | null>(null);
  const name = conversation.name || t.untitled;
  const done = (said: string): void => {
    setAsks(null);
    toast(said);
    void queries.invalidateQueries({ queryKey: ["conversations"] });
  };
  const rename = useMutation({ mutationFn: (to: string) => renameConversation(conversation.id, to), onSuccess: () => done(t.renamed) });
  const remove = useMutation({
    mutationFn: () => deleteConversation(conversation.id),
    onSuccess: async () => {
      if (isCurrent) await navigate({ to: "/chat" });
      done(t.deleted);
    },
    onError: (error) => toast(error.message, { failed: true }),
  });
  return (
    <>
      <Menu
        trigger={<IconButton icon={Ellipsis} tone="quiet" size="small" label={t.options(name)} />}
        groups={[
          {
            items: [
              { label: t.rename, icon: Pencil, onSelect: () => setAsks("name") },
              { label: t.delete, icon: Trash2, danger: true, onSelect: () => setAsks("delete") },
            ],
          },
        ]}
      />
      {asks === "name" && (
        <FormDialog title={t.rename} action={t.save} busy={rename.isPending} refusal={rename.error?.message} onClose={() => setAsks(null)} onSubmit={(form) => rename.mutate(String(form.get("name")))}>
          <Field label={t.name}>
            <Input name="name" required maxLength={100} defaultValue={conversation.name} />
          </Field>
        </FormDialog>
      )}
      <Confirm open={asks === "delete"} onClose={() => setAsks(null)} title={t.deleteAsk(name)} action={t.delete} busy={remove.isPending} onConfirm={() => remove.mutate()}>
        <p>{t.deleteHint}</p>
      </Confirm>
    </>
  );
}

function Entries({ current, text }: { current: number | null; text: string }): ReactNode {
  const formats = useFormats();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(conversationsQuery(text));
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows count={4} />;
  const found = data.pages.flatMap(({ items }) => items);
  if (found.length === 0) return text ? <Text tone="faint">{t.none}</Text> : null;
  const days = new Map<string, Conversation[]>();
  for (const one of found) {
    const day = formats.day(one.update_time);
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  return (
    <>
      {[...days].map(([day, conversations]) => (
        <div key={day} role="group" aria-label={day}>
          <SideTitle>{day}</SideTitle>
          {conversations.map((one) => (
            <Line key={one.id} gap={1}>
              <Link to="/chat/$id" params={{ id: String(one.id) }} className={sideItemClass} aria-current={one.id === current || undefined} title={one.name}>
                <span>{one.name || t.untitled}</span>
              </Link>
              <Options conversation={one} isCurrent={one.id === current} />
            </Line>
          ))}
        </div>
      ))}
      {hasNextPage && (
        <Button tone="quiet" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </>
  );
}

function Found({ current }: { current: number | null }): ReactNode {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  return (
    <Stack gap={3}>
      <Input inBar icon={Search} type="search" aria-label={t.find} placeholder={t.findHint} maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
      <Entries current={current} text={asked} />
    </Stack>
  );
}

/** One's conversations, at the left of the page. */
export function ConversationList({ current }: { current: number | null }): ReactNode {
  return (
    <SideList label={t.chats}>
      <Found current={current} />
    </SideList>
  );
}

/** The same where there is no room beside the page. */
export function ConversationDialog({ open, onClose, current }: { open: boolean; onClose: () => void; current: number | null }): ReactNode {
  return (
    <Dialog open={open} onClose={onClose} title={t.all}>
      <Found current={current} />
    </Dialog>
  );
}
