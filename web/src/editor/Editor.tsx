import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { type EditorState, scriptQuery, versionQuery } from "../api/editor";
import { texts } from "../texts";
import { buttonClasses, Empty, Failure, Main, Page, SkeletonRows, TopBar } from "../ui";
import { Gate } from "./Gate";
import { ScriptPage } from "./ScriptPage";

const newRoute = getRouteApi("/shell/editor");
const oneRoute = getRouteApi("/shell/editor/$id");
const t = texts.editorPage;

/** A script that has no name yet. */
export function NewScript(): ReactNode {
  const { run } = newRoute.useSearch();
  return <Gate>{(state) => <ScriptPage state={state} script={null} old={null} runId={run} />}</Gate>;
}

/** What stands in the place of a script while it is on the way, or cannot be had. */
function NoScript({ missing, error, onRetry }: { missing: string; error: Error | null; onRetry: () => void }): ReactNode {
  const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <Page title={t.title}>
      <TopBar title={t.title} />
      <Main layout={isMissing ? "padded" : "bare"}>
        {isMissing ? (
          <Empty
            icon={SearchX}
            title={missing}
            action={
              <Link to="/editor" className={buttonClasses({})}>
                {t.newScript}
              </Link>
            }
          >
            {t.missingHint}
          </Empty>
        ) : error ? (
          <Failure error={error} onRetry={onRetry} />
        ) : (
          <SkeletonRows />
        )}
      </Main>
    </Page>
  );
}

function Loaded({ state, id, version, runId }: { state: EditorState; id: number; version: number | undefined; runId: string | undefined }): ReactNode {
  const script = useQuery(scriptQuery(id));
  const old = useQuery({ ...versionQuery(id, version ?? 0), enabled: version !== undefined });
  if (!script.data) return <NoScript missing={t.missing} error={script.error} onRetry={() => void script.refetch()} />;
  if (version !== undefined && !old.data) return <NoScript missing={t.missingVersion} error={old.error} onRetry={() => void old.refetch()} />;
  return <ScriptPage key={id} state={state} script={script.data} old={version === undefined ? null : (old.data ?? null)} runId={runId} />;
}

/** A script that was saved. */
export function OneScript(): ReactNode {
  const { id } = oneRoute.useParams();
  const { version, run } = oneRoute.useSearch();
  const number = /^\d{1,15}$/.test(id) ? Number(id) : 0;
  return <Gate>{(state) => <Loaded state={state} id={number} version={version} runId={run} />}</Gate>;
}
