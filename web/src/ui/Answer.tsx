import { Download } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { texts } from "../texts";
import styles from "./Answer.module.css";
import { buttonClasses } from "./Button";
import { classes } from "./classes";
import { Code } from "./Code";
import { Notice } from "./Feedback";
import { type Column, Table } from "./Table";
import { Segmented } from "./Tabs";
import { Tree } from "./Tree";

export type AnswerView = "table" | "tree" | "raw";

const t = texts.actionPage;

type Item = Record<string, unknown>;

const isItem = (value: unknown): value is Item => value !== null && typeof value === "object" && !Array.isArray(value);

/** Returns what an answer is about: its `data`, where it has some, and the `items` of a search. */
function subjectOf(body: unknown): unknown {
  const data = isItem(body) && "data" in body ? body["data"] : body;
  return isItem(data) && Object.keys(data).length === 1 && Array.isArray(data["items"]) ? data["items"].map((one: unknown) => (isItem(one) && isItem(one["item"]) ? one["item"] : one)) : data;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.every((one) => typeof one !== "object") ? value.join(", ") : t.items(value.length);
  if (isItem(value)) return String(value["name"] ?? value["title"] ?? value["label"] ?? value["value"] ?? JSON.stringify(value));
  return String(value);
}

function Cell({ value }: { value: unknown }): ReactNode {
  const text = cellText(value);
  return (
    <span className={styles["cell"]} title={text.length > 40 ? text : undefined}>
      {text}
    </span>
  );
}

/** More columns than this make no table that one can read; all of them are in the tree. */
const MAX_COLUMNS = 40;
const MAX_ROWS = 200;

function columnsOf(items: Item[]): Column<Item>[] {
  const names = new Set<string>();
  for (const item of items.slice(0, 50)) for (const name of Object.keys(item)) names.add(name);
  const isFilled = (name: string): boolean => items.some((item) => item[name] !== null && item[name] !== undefined && item[name] !== "");
  // Empty columns go to the end.
  const ordered = [...names].toSorted((one, other) => Number(isFilled(other)) - Number(isFilled(one)));
  return ordered.slice(0, MAX_COLUMNS).map((name) => ({
    name,
    title: <code>{name}</code>,
    cell: (item) => <Cell value={item[name]} />,
    number: items.every((item) => item[name] === null || item[name] === undefined || typeof item[name] === "number") && isFilled(name) && !/(^|_)id$/.test(name),
  }));
}

/** The members of one record, below one another. */
function Members({ item }: { item: Item }): ReactNode {
  return (
    <table className={styles["members"]} aria-label={t.answer}>
      <tbody>
        {Object.entries(item).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td className={value === null ? styles["empty"] : undefined}>{value === null ? "null" : isItem(value) || (Array.isArray(value) && value.some(isItem)) ? <Code bare wrap language="json" text={JSON.stringify(value, null, 1)} /> : cellText(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function AsTable({ body }: { body: unknown }): ReactNode {
  const subject = useMemo(() => subjectOf(body), [body]);
  const items = useMemo(() => (Array.isArray(subject) ? subject.filter(isItem) : []), [subject]);
  const columns = useMemo(() => columnsOf(items), [items]);
  if (Array.isArray(subject) && subject.length === 0) return <p className={styles["nothing"]}>{t.nothingInIt}</p>;
  if (Array.isArray(subject) && items.length === subject.length) {
    return (
      <>
        <Table label={t.answer} columns={columns} rows={items.slice(0, MAX_ROWS)} rowKey={(item) => items.indexOf(item)} />
        {items.length > MAX_ROWS && <p className={styles["nothing"]}>{texts.runPages.changesCut(MAX_ROWS, items.length)}</p>}
      </>
    );
  }
  if (isItem(subject)) return <Members item={subject} />;
  return (
    <div className={styles["padded"]}>
      <Code bare wrap language="json" text={JSON.stringify(subject, null, 2) ?? ""} />
    </div>
  );
}

export interface ShownAnswer {
  encoding: "json" | "text" | "base64";
  body: unknown;
  headers: Record<string, string>;
  /** The size of the whole, as people read it. */
  size: string;
  isCut: boolean;
}

/** A file that was answered, to be kept. */
function FileAnswer({ answer }: { answer: ShownAnswer }): ReactNode {
  const type = answer.headers["content-type"] ?? "";
  const name = /filename="?([^";]+)/.exec(answer.headers["content-disposition"] ?? "")?.[1] ?? "answer";
  const href = useMemo(() => {
    const bytes = Uint8Array.from(atob(String(answer.body)), (letter) => letter.codePointAt(0) ?? 0);
    return URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  }, [answer.body]);
  return (
    <div className={styles["padded"]}>
      <p>{t.binary(type, answer.size)}</p>
      {!answer.isCut && (
        <p className={styles["download"]}>
          <a className={buttonClasses({})} href={href} download={name}>
            <Download size={16} strokeWidth={1.75} aria-hidden />
            {t.download}
          </a>
        </p>
      )}
    </div>
  );
}

/** An answer as a table, a tree, or as it came; `meta` says how it went, `children` stand before it. `framed` for one among other parts of a page. */
export function Answer({ answer, meta, busy = false, framed = false, children }: { answer: ShownAnswer | null; meta: ReactNode; busy?: boolean; framed?: boolean; children?: ReactNode }): ReactNode {
  const [view, setView] = useState<AnswerView>("table");
  const isJson = answer?.encoding === "json";
  return (
    <div className={classes(styles["answer"], framed && styles["framed"])}>
      <div className={styles["meta"]}>
        <div className={styles["facts"]}>{meta}</div>
        {isJson && (
          <Segmented
            label={t.answerAs}
            size="small"
            value={view}
            onChange={setView}
            options={(["table", "tree", "raw"] as const).map((value) => ({ value, label: t.answerViews[value] }))}
          />
        )}
      </div>
      {/* It scrolls, which the keyboard does where the focus is. */}
      {/* oxlint-disable-next-line no-noninteractive-tabindex */}
      <div className={styles["body"]} role="region" aria-label={t.answer} tabIndex={0} aria-busy={busy}>
        {children && <div className={styles["padded"]}>{children}</div>}
        {answer?.isCut && (
          <div className={styles["padded"]}>
            <Notice tone="due">{t.cut(answer.size)}</Notice>
          </div>
        )}
        {isJson && view === "table" && <AsTable body={answer.body} />}
        {isJson && view === "tree" && (
          <div className={styles["padded"]}>
            <Tree value={answer.body} label={t.treeOf} />
          </div>
        )}
        {isJson && view === "raw" && (
          <div className={styles["padded"]}>
            <Code bare wrap language="json" text={JSON.stringify(answer.body, null, 2) ?? ""} />
          </div>
        )}
        {answer?.encoding === "text" && (
          <div className={styles["padded"]}>
            <Code bare wrap language="text" text={String(answer.body)} />
          </div>
        )}
        {answer?.encoding === "base64" && <FileAnswer answer={answer} />}
      </div>
    </div>
  );
}
