import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Link2, SearchX } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { type ActionDetails, actionQuery } from "../api/actions";
import { ApiError } from "../api/client";
import { connectionsQuery } from "../api/connections";
import { type CompanyField, fieldsQuery } from "../api/lookups";
import { runQuery } from "../api/runs";
import { texts } from "../texts";
import { EffectWord, Empty, Failure, IconButton, Main, Page, SkeletonRows, Tag, Text, toast, TopBar, WideOnly } from "../ui";
import { ActionWorkbench, type Start } from "./ActionWorkbench";
import { groupId, groupLabel } from "./find";

const route = getRouteApi("/shell/actions/$version/$name");
const t = texts.actionPage;

const NO_FIELDS: CompanyField[] = [];

function Bar({ name, action, onCopyLink }: { name: string; action?: ActionDetails | undefined; onCopyLink?: () => void }): ReactNode {
  return (
    <TopBar
      path={[{ label: texts.actionPages.title, link: { to: "/actions" } }, ...(action ? [{ label: groupLabel(action.group), link: { to: "/actions", hash: groupId(groupLabel(action.group)) } as const }] : [])]}
      title={<code>{name}</code>}
      after={
        action && (
          <>
            <Tag tone="line">{action.version}</Tag>
            <EffectWord effect={action.effect} />
            {action.deprecated && <Tag tone="due">{texts.actionPages.deprecated}</Tag>}
          </>
        )
      }
    >
      {action && (
        <WideOnly>
          <Text tone="faint">{t.cost(action.cost)}</Text>
        </WideOnly>
      )}
      {onCopyLink && <IconButton icon={Link2} tone="quiet" label={t.copyLink} onClick={onCopyLink} />}
    </TopBar>
  );
}

function Loaded({ action, formRef }: { action: ActionDetails; formRef: RefObject<Record<string, unknown>> }): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const connections = useQuery(connectionsQuery);
  const of = action.body?.custom_fields_of ?? null;
  const company = useQuery({ ...fieldsQuery(of ?? ""), enabled: of !== null });
  const source = useQuery({ ...runQuery(search.run ?? ""), enabled: search.run !== undefined, refetchInterval: false });
  const failed = connections.error;
  if (failed) return <Failure error={failed} onRetry={() => void connections.refetch()} />;
  if (!connections.data || (of !== null && company.isLoading) || source.isLoading) return <SkeletonRows />;
  const params = search.params ?? (source.data?.params as Record<string, unknown> | null | undefined) ?? {};
  const start: Start = { params, connectionId: search.connection ?? source.data?.connection_id ?? null, isFromRun: source.data !== undefined };
  return (
    <ActionWorkbench
      key={`${action.qualified_name} ${search.run ?? ""} ${JSON.stringify(search.params ?? {})}`}
      action={action}
      company={company.data ?? NO_FIELDS}
      connections={connections.data}
      start={start}
      onParams={(now) => {
        formRef.current = now;
      }}
      onConnection={(connection) => void navigate({ search: (old) => ({ ...old, connection }), replace: true })}
    />
  );
}

/** Returns the address of this page with parameters. */
function linkWith(params: Record<string, unknown>): string {
  const url = new URL(location.href);
  url.searchParams.delete("run");
  if (Object.keys(params).length > 0) url.searchParams.set("params", JSON.stringify(params));
  else url.searchParams.delete("params");
  return url.toString();
}

/** One action: what it does, its form, its answer, the call elsewhere. */
export function ActionPage(): ReactNode {
  const { version, name } = route.useParams();
  // What stands in the form now, for the link alone.
  const formRef = useRef<Record<string, unknown>>({});
  const { data: action, error, refetch } = useQuery(actionQuery(version as "v1" | "v2", name));
  if (error) {
    const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);
    return (
      <Page title={name}>
        <Bar name={name} />
        <Main>
          {isMissing ? (
            <Empty icon={SearchX} title={t.noAction}>
              {t.noActionHint}
            </Empty>
          ) : (
            <Failure error={error} onRetry={() => void refetch()} />
          )}
        </Main>
      </Page>
    );
  }
  const copyLink = (): void => void navigator.clipboard.writeText(linkWith(formRef.current)).then(() => toast(t.linkCopied));
  return (
    <Page title={name}>
      <Bar name={name} action={action} {...(action && { onCopyLink: copyLink })} />
      <Main layout="bare">{action ? <Loaded action={action} formRef={formRef} /> : <SkeletonRows />}</Main>
    </Page>
  );
}
