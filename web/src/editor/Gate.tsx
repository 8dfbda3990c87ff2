import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Lock, PowerOff } from "lucide-react";
import type { ReactNode } from "react";
import { type EditorState, editorQuery } from "../api/editor";
import { texts } from "../texts";
import { buttonClasses, Empty, Failure, Main, Page, SkeletonRows, TopBar } from "../ui";

const t = texts.editorPage;

/** What stands in the place of the editor where it cannot be used, with what to do about it. */
function Closed({ state }: { state: EditorState }): ReactNode {
  if (!state.is_on) {
    return (
      <Empty
        icon={PowerOff}
        title={t.off}
        action={
          <Link to="/actions" className={buttonClasses({})}>
            {texts.actionPages.title}
          </Link>
        }
      >
        {state.off_reason} {t.offHint}
      </Empty>
    );
  }
  return (
    <Empty
      icon={Lock}
      title={t.notPermitted}
      action={
        state.can_give ? (
          <Link to="/settings/editor" className={buttonClasses({ tone: "primary" })}>
            {texts.settingsPages.editor.heading}
          </Link>
        ) : (
          <Link to="/actions" className={buttonClasses({})}>
            {texts.actionPages.title}
          </Link>
        )
      }
    >
      {t.notPermittedHint} {!state.can_give && t.askAdmin}
    </Empty>
  );
}

/** Shows the editor to those who may use it where it is on, and to others why not. */
export function Gate({ children }: { children: (state: EditorState) => ReactNode }): ReactNode {
  const { data: state, error, refetch } = useQuery(editorQuery);
  if (state?.is_on && state.may_use) return children(state);
  return (
    <Page title={t.title}>
      <TopBar title={t.title} />
      <Main layout={state ? "padded" : "bare"}>{state ? <Closed state={state} /> : error ? <Failure error={error} onRetry={() => void refetch()} /> : <SkeletonRows />}</Main>
    </Page>
  );
}
