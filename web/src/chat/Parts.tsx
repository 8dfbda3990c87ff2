import { Link } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import type { ChatError, Message, MessagePart, Question, RunAnswer } from "../api/conversations";
import { type Formats, useFormats } from "../shell/format";
import { texts } from "../texts";
import { Answered, Button, ChatText, type Column, Details, Input, Line, linkClass, Notice, Table, Text, WideOnly } from "../ui";
import { CardPart } from "./CardPart";
import type { Answers } from "./Conversation";

const t = texts.chatPage;

/** How many characters a cell has room for; the first column takes what is left. */
const MAX_CELL = 20;

type Records = RunAnswer["records"];
type Row = Records["rows"][number];

/** Returns a name of the API as people write it: "expected_close_date" is "Expected close date". */
function labelOf(key: string): string {
  const words = key.replaceAll(/[_.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Returns a value as people read it. */
function cellText(value: unknown, kind: Records["columns"][number]["kind"], row: Row, formats: Formats): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "number") return kind === "money" && row.currency ? formats.money(value, row.currency) : formats.number(value);
  if (typeof value === "boolean") return value ? t.flags.yes : t.flags.no;
  const text = String(value);
  if (kind === "date") return formats.date(text);
  return kind === "time" && !Number.isNaN(Date.parse(text)) ? formats.moment(text) : text;
}

function RecordTable({ records }: { records: Records }): ReactNode {
  const formats = useFormats();
  const columns = records.columns.map(
    ({ key, kind }, index): Column<Row> => ({
      name: key,
      title: labelOf(key),
      number: kind === "number" || kind === "money",
      wide: index > 0 && kind !== "money",
      fill: index === 0,
      cell: (row) => {
        const text = cellText(row.cells[index], kind, row, formats);
        const isLong = index > 0 && text.length > MAX_CELL;
        return (
          <Text tone={index === 0 ? "strong" : "normal"} title={index === 0 || isLong ? text : undefined}>
            {isLong ? `${text.slice(0, MAX_CELL)}…` : text}
          </Text>
        );
      },
    }),
  );
  return <Table framed label={t.answer} columns={columns} rows={records.rows} rowKey={(row) => records.rows.indexOf(row)} />;
}

function RecordCard({ records }: { records: Records }): ReactNode {
  const formats = useFormats();
  const [row] = records.rows;
  if (!row) return null;
  return <Details items={records.columns.map(({ key, kind }, index) => [labelOf(key), cellText(row.cells[index], kind, row, formats)])} />;
}

/** What was run and what it answered. */
function AnswerPart({ answer }: { answer: RunAnswer }): ReactNode {
  const formats = useFormats();
  const { records } = answer;
  const facts = [answer.action, answer.duration_ms !== null && formats.duration(answer.duration_ms), answer.cost !== null && t.tokens(answer.cost)].filter(Boolean).join(" · ");
  return (
    <Answered
      foot={
        <>
          {records.shown_as === "table" && (
            <span>
              {t.count(records.rows.length, records.count)}
              {records.has_more && `, ${t.moreItems}`}
            </span>
          )}
          <Link to="/runs/$id" params={{ id: answer.run_id }} className={linkClass}>
            {t.seeRun}
          </Link>
        </>
      }
      end={<WideOnly>{`${answer.connection} · ${facts}`}</WideOnly>}
    >
      {records.shown_as === "table" && <RecordTable records={records} />}
      {records.shown_as === "record" && <RecordCard records={records} />}
      {records.shown_as === "text" && <ChatText>{records.text ?? ""}</ChatText>}
      {records.shown_as === "nothing" && <ChatText>{t.nothing}</ChatText>}
    </Answered>
  );
}

/** Something that is asked for: one of several, or a value. */
function QuestionPart({ question, message, answers }: { question: Question; message: Message; answers: Answers }): ReactNode {
  const [value, setValue] = useState("");
  const name = labelOf(question.path?.replace(/^data\./, "") ?? "").toLowerCase();
  const asked = question.path && question.summary ? t.ask(name, question.summary) : question.description;
  const hint = question.path ? question.description || `${question.path}, ${question.action ?? ""}` : "";
  const isClosed = !question.is_open || answers.busy;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (value.trim() !== "") answers.onQuestion(message.id, value);
  };
  return (
    <Answered>
      <ChatText>{asked}</ChatText>
      {hint && <Text tone="faint">{hint}</Text>}
      {question.choices.length > 0 ? (
        <Line wrap role="group" aria-label={asked}>
          {question.choices.map((choice) => (
            <Button key={choice.value} title={choice.value} disabled={isClosed} onClick={() => answers.onQuestion(message.id, choice.value)}>
              {choice.label}
            </Button>
          ))}
        </Line>
      ) : (
        question.is_open && (
          <form onSubmit={send}>
            <Line>
              <Input aria-label={asked} placeholder={t.value} value={value} disabled={answers.busy} onChange={(event) => setValue(event.target.value)} />
              <Button size="form" type="submit" disabled={isClosed || value.trim() === ""}>
                {t.send}
              </Button>
            </Line>
          </form>
        )
      )}
    </Answered>
  );
}

function ErrorPart({ error }: { error: ChatError }): ReactNode {
  return (
    <Notice tone="lost">
      <p>{error.message}</p>
      <Text tone="faint">{error.next_step}</Text>
    </Notice>
  );
}

/** A part of what was answered. All of it is shown as text: nothing in it becomes a link or a picture. */
export function Part({ part, message, answers }: { part: MessagePart; message: Message; answers: Answers }): ReactNode {
  if (part.card) return <CardPart card={part.card} message={message} answers={answers} />;
  if (part.question) return <QuestionPart question={part.question} message={message} answers={answers} />;
  if (part.answer) return <AnswerPart answer={part.answer} />;
  if (part.error) return <ErrorPart error={part.error} />;
  return <ChatText>{part.text ?? ""}</ChatText>;
}
