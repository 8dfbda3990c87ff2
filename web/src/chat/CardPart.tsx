import { Link } from "@tanstack/react-router";
import { RotateCw, Undo2 } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import type { Card, Message } from "../api/conversations";
import { headOf, membersOf } from "../shell/changes";
import { useFormats } from "../shell/format";
import { useUndo } from "../shell/undoing";
import { texts } from "../texts";
import { Button, ChangeHead, ChangeRows, Details, Inset, Keys, linkClass, Proposal, State, Text, toast, WideOnly } from "../ui";
import type { Answers } from "./Conversation";

const t = texts.chatPage;

const TONES = { waiting: "due", running: "accent", done: "won", declined: "none", expired: "none", changed: "due", failed: "lost" } as const;

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

/** Returns the parameters as people see them where nothing is known of the records: the body beside the others. */
function paramsOf(params: unknown): [string, string][] {
  if (!isObject(params)) return [];
  const { data, ...rest } = params;
  return Object.entries({ ...rest, ...(isObject(data) ? data : {}) }).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}

function Changes({ card }: { card: Card }): ReactNode {
  const formats = useFormats();
  const params = paramsOf(card.params);
  if (card.records.length === 0) {
    return (
      <Inset>
        <Text tone="faint">{t.noRecords}</Text>
        {params.length > 0 && <Details items={params} />}
      </Inset>
    );
  }
  return (
    <>
      {card.records.map((record, index) => (
        <Fragment key={index}>
          <ChangeHead {...headOf(record, card.state !== "done")} />
          {record.members.length > 0 && <ChangeRows members={membersOf(record, formats)} isNew={record.action === "created"} />}
        </Fragment>
      ))}
      {card.total > card.records.length && (
        <Inset>
          <Text tone="faint">{t.moreRecords(card.total - card.records.length)}</Text>
        </Inset>
      )}
    </>
  );
}

function Undo({ runId, onUndone }: { runId: string; onUndone: () => void }): ReactNode {
  const undo = useUndo(runId);
  const takeBack = (): void => undo.mutate(undefined, { onSuccess: onUndone, onError: (error) => toast(error.message, { failed: true }) });
  return (
    <Button icon={Undo2} busy={undo.isPending} onClick={takeBack}>
      {texts.actions.undo}
    </Button>
  );
}

/** What would change something: it runs on a click, once, and can be taken back afterwards. */
export function CardPart({ card, message, answers }: { card: Card; message: Message; answers: Answers }): ReactNode {
  const answer = (chosen: "run" | "decline" | "again"): void => answers.onCard(message.id, card.plan_id, chosen);
  const isWaiting = card.state === "waiting";
  const facts = [
    card.connection,
    t.tokens(card.cost),
    card.jobs.length > 0 && t.followedBy(card.jobs.join(", ")),
    card.is_exact ? t.isExact : t.isGuess,
  ].filter(Boolean);
  return (
    <Proposal
      label={t.proposed(card.summary)}
      title={card.summary}
      code={card.action}
      quiet={!isWaiting}
      facts={
        <>
          <State tone={card.is_undone ? "none" : TONES[card.state]}>{card.is_undone ? t.undone : t.cardState[card.state]}</State>
          <WideOnly>{facts.join(" · ")}</WideOnly>
          {card.run_id && (
            <Link to="/runs/$id" params={{ id: card.run_id }} className={linkClass}>
              {t.seeRun}
            </Link>
          )}
        </>
      }
      buttons={
        <>
          {isWaiting && (
            <>
              <Button tone="quiet" disabled={answers.busy} onClick={() => answer("decline")}>
                {t.discard}
              </Button>
              <Button tone="primary" disabled={answers.busy} onClick={() => answer("run")}>
                {t.run}
                <Keys keys="mod+enter" look="onAccent" />
              </Button>
            </>
          )}
          {card.can_repeat && (
            <Button icon={RotateCw} disabled={answers.busy} onClick={() => answer("again")}>
              {t.again}
            </Button>
          )}
          {card.can_undo && card.run_id && <Undo runId={card.run_id} onUndone={answers.onUndone} />}
        </>
      }
    >
      <Changes card={card} />
    </Proposal>
  );
}
