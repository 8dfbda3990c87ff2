/** Parts of the page of an action. */
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import type { ReactNode } from "react";
import type { ActionDetails } from "../api/actions";
import { RunFacts, shownAnswer } from "../shell/answers";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { Answer, Empty, Fill, Line, linkClass, Notice, Spinner, Text } from "../ui";
import type { Running } from "./useRunning";

const t = texts.actionPage;

/** What the action does, in one line. */
export function ActionHeading({ action, children }: { action: ActionDetails; children: ReactNode }): ReactNode {
  return (
    <Line between>
      <h2>{action.summary.replace(/\.$/, "")}</h2>
      {children}
    </Line>
  );
}

/** The answer, or what stands in its place. */
export function RunAnswer({ running }: { running: Running }): ReactNode {
  const formats = useFormats();
  const { ran, isBusy } = running;
  if (!ran) {
    return (
      <Fill>
        {isBusy ? (
          <Line>
            <Spinner label={t.waits} />
            <Text tone="faint">{t.waits}</Text>
          </Line>
        ) : (
          <Empty icon={Play} title={t.noAnswerYet}>
            {t.noAnswerYetHint}
          </Empty>
        )}
      </Fill>
    );
  }
  const answer = shownAnswer(ran, formats);
  const link = (
    <Link to="/runs/$id" params={{ id: ran.run.id }} className={linkClass}>
      {ran.run.changes > 0 ? t.toRun : texts.runPages.thisRun}
    </Link>
  );
  return (
    <Answer
      answer={answer}
      busy={isBusy}
      meta={
        <>
          <RunFacts ran={ran} formats={formats} />
          {link}
        </>
      }
    >
      {ran.run.error && <Notice tone="lost">{ran.run.error.message}</Notice>}
    </Answer>
  );
}
