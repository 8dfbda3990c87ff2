import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { History, SearchX } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { type Run, type RunFilter, runsQuery } from "../api/runs";
import { type Formats, useFormats } from "../shell/format";
import { texts } from "../texts";
import { Avatar, Button, buttonClasses, type Column, Empty, Failure, Line, Main, Page, RunState, rowLinkClass, SkeletonRows, subClass, Table, Tag, Text, TopBar } from "../ui";
import { RunFilters, type RunSearch } from "./RunFilters";

const route = getRouteApi("/shell/runs");
const t = texts.runPages;

const WHEN_MS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

/** Returns what is asked of the server for what stands in the address. */
function filterOf({ q, action, user, connection, source, status, when }: RunSearch): RunFilter {
  // To the minute, so that the same question is asked again.
  const since = when && new Date(Math.floor((Date.now() - WHEN_MS[when]) / 60_000) * 60_000).toISOString();
  return {
    ...(q && { text: q }),
    ...(action && { action }),
    ...(user && { user_id: user }),
    ...(connection && { connection_id: connection }),
    ...(source && { source }),
    ...(status && { status }),
    ...(since && { since }),
  };
}

/** What a run is called in the list: its action, or that it took back another one. */
function RunName({ run }: { run: Run }): ReactNode {
  return run.version === "v1" || run.version === "v2" ? <code>{run.action}</code> : t.undoing;
}

function columns(formats: Formats): Column<Run>[] {
  return [
    { name: "time", title: t.time, cell: (run) => <Text tone="faint">{formats.time(run.start_time)}</Text> },
    {
      name: "action",
      title: t.action,
      cell: (run) => (
        <>
          <Link to="/runs/$id" params={{ id: run.id }} className={rowLinkClass}>
            <RunName run={run} />
          </Link>
          <span className={subClass}>{[run.user.name, t.sources[run.source], run.connection].join(" · ")}</span>
        </>
      ),
    },
    {
      name: "by",
      title: t.by,
      wide: true,
      cell: (run) => (
        <Line>
          <Avatar name={run.user.name} />
          <Text clip title={run.user.name}>
            {run.user.name}
          </Text>
        </Line>
      ),
    },
    { name: "from", title: t.from, wide: true, cell: (run) => t.sources[run.source] },
    {
      name: "connection",
      title: t.connection,
      wide: true,
      cell: (run) => (
        <Text clip title={run.connection}>
          {run.connection}
        </Text>
      ),
    },
    { name: "outcome", title: t.outcome, cell: (run) => <RunState status={run.status} httpStatus={run.http_status} /> },
    { name: "changed", title: t.changed, wide: true, cell: (run) => run.changes > 0 && <Tag>{t.changedCount(run.changes)}</Tag> },
    { name: "took", title: t.took, wide: true, number: true, cell: (run) => <Text tone="faint">{run.duration_ms === null ? "" : formats.duration(run.duration_ms)}</Text> },
    { name: "tokens", title: t.tokens, wide: true, number: true, cell: (run) => (run.cost === null ? "" : formats.number(run.cost)) },
  ];
}

/** Everything that was run. */
export function Runs(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const formats = useFormats();
  const shownColumns = useMemo(() => columns(formats), [formats]);
  // What is asked for is made once for each address: "the last hour" would be another question each second.
  const key = JSON.stringify(search);
  const filter = useMemo(() => filterOf(JSON.parse(key) as RunSearch), [key]);
  const { data, error, refetch, isLoading, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(runsQuery(filter));
  const runs = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const isNarrowed = Object.keys(filter).length > 0;

  return (
    <Page title={t.title}>
      <TopBar title={t.title} />
      <RunFilters search={search} onChange={(change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })} />
      <Main layout="bare">
        {error && !data ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : isLoading ? (
          <SkeletonRows />
        ) : runs.length === 0 ? (
          isNarrowed ? (
            <Empty icon={SearchX} title={t.nothing} action={<Button onClick={() => void navigate({ search: {} })}>{t.clear}</Button>}>
              {t.nothingHint}
            </Empty>
          ) : (
            <Empty
              icon={History}
              title={t.empty}
              action={
                <Link to="/actions" className={buttonClasses({ tone: "primary" })}>
                  {texts.actionPages.title}
                </Link>
              }
            >
              {t.emptyHint}
            </Empty>
          )
        ) : (
          <>
            <Table label={t.title} columns={shownColumns} rows={runs} rowKey={(run) => run.id} group={(run) => formats.day(run.start_time)} />
            {hasNextPage && (
              <Line center>
                <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {t.more}
                </Button>
              </Line>
            )}
          </>
        )}
      </Main>
    </Page>
  );
}
