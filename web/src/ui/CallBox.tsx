import { type ReactNode, useState } from "react";
import { texts } from "../texts";
import styles from "./CallBox.module.css";
import { Code, CopyButton } from "./Code";
import { Segmented } from "./Tabs";

export interface Call {
  python: string;
  sentence: string;
  curl: string;
  cli: string;
}

const LANGUAGES = { python: "python", sentence: "text", curl: "shell", cli: "shell" } as const;
const FORMS = ["python", "sentence", "curl", "cli"] as const;

/** A call as people write it elsewhere; `waiting` stands in its place as long as there is none. */
export function CallBox({ call, waiting }: { call: Call | null; waiting?: ReactNode }): ReactNode {
  const [form, setForm] = useState<keyof Call>("python");
  const t = texts.actionPage;
  return (
    <section className={styles["box"]} aria-label={t.calledAs}>
      <header className={styles["head"]}>
        <Segmented label={t.calledAs} size="small" value={form} onChange={setForm} options={FORMS.map((value) => ({ value, label: t.calls[value] }))} />
        {call && <CopyButton text={call[form]} />}
      </header>
      <div className={styles["body"]}>{call ? <Code bare wrap={form !== "python"} label={t.calls[form]} language={LANGUAGES[form]} text={call[form].trimEnd()} /> : <p className={styles["waiting"]}>{waiting}</p>}</div>
    </section>
  );
}
