import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Database, Plug, Plus, SearchX, SquareTerminal, X } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { askForConsent, changeConnection, type Connection, connectionsQuery, keepConnection, removeConnection, testConnection } from "../api/connections";
import { SearchInput } from "../shell/SearchInput";
import { texts } from "../texts";
import { Button, buttonClasses, CardGrid, Empty, Failure, FirstTime, IconButton, Line, Main, NewCard, newCardClass, Notice, Page, SkeletonCard, Stack, ToolBar, TopBar, toast } from "../ui";
import { type Command, ConnectionCard } from "./ConnectionCard";
import { RemoveDialog, RenameDialog, RightsDialog, TokenDialog } from "./dialogs";
import { accountText, matching, reasonText } from "./facts";
import { KindList } from "./KindList";

const route = getRouteApi("/shell/connections/");
const t = texts.connectionPages;

type Asked = { command: Command; connection: Connection } | null;

/** What came of the way to a provider's page and back. */
function Outcome({ connections }: { connections: Connection[] }): ReactNode {
  const { connected, error } = route.useSearch();
  const navigate = route.useNavigate();
  const made = connections.find(({ id }) => id === connected);
  if (!error && !made) return null;
  const isWell = made?.state === "connected";
  const action = <IconButton icon={X} size="small" tone="quiet" label={texts.actions.close} onClick={() => void navigate({ search: {}, replace: true })} />;
  return (
    <Notice tone={isWell ? "won" : made ? "due" : "lost"} action={action}>
      <strong>{made ? (isWell ? t.done.connected(made.name) : t.done.added(made.name)) : t.done.failed}</strong>
      <br />
      {made ? (isWell ? t.done.connectedAs(accountText(made)) : made.state_reason && reasonText(made.state_reason)) : error}
    </Notice>
  );
}

/** What may be changed, and taken back. */
type Changes = Partial<Pick<Connection, "name" | "is_shared" | "permits">>;

interface Commands {
  busyId: number | null;
  run: (command: Command, connection: Connection) => void;
  change: (connection: Connection, body: Changes, said: string) => Promise<void>;
}

/** Returns what is done at once, and keeps which connection is busy. */
function useCommands(ask: (asked: Asked) => void): Commands {
  const queries = useQueryClient();
  const [busyId, setBusyId] = useState<number | null>(null);
  const change = async (connection: Connection, body: Changes, said: string): Promise<void> => {
    const save = async (changes: Changes): Promise<void> => keepConnection(queries, await changeConnection(connection.id, changes));
    await save(body);
    const before = Object.fromEntries(Object.keys(body).map((name) => [name, connection[name as keyof Changes]])) as Changes;
    toast(said, { undo: () => void save(before).catch((error: Error) => toast(error.message, { failed: true })) });
  };
  const test = async ({ id, name }: Connection): Promise<void> => {
    const { connection, ok, message, duration_ms } = await testConnection(id);
    keepConnection(queries, connection);
    toast(ok ? t.done.tested(name, message, duration_ms.toLocaleString()) : t.done.testFailed(name, reasonText(message)), { failed: !ok });
  };
  const atOnce: Partial<Record<Command, (connection: Connection) => Promise<void>>> = {
    test,
    reconnect: ({ id }) => askForConsent({ connection_id: id }),
    share: (connection) => change(connection, { is_shared: !connection.is_shared }, (connection.is_shared ? t.done.unshared : t.done.shared)(connection.name)),
  };
  const run = (command: Command, connection: Connection): void => {
    const work = atOnce[command];
    if (!work) {
      ask({ command, connection });
      return;
    }
    setBusyId(connection.id);
    work(connection)
      .catch((error: Error) => toast(error.message, { failed: true }))
      .finally(() => setBusyId(null));
  };
  return { busyId, run, change };
}

/** The dialog of what was asked for. */
function Dialogs({ asked, onClose, commands }: { asked: Asked; onClose: () => void; commands: Commands }): ReactNode {
  const queries = useQueryClient();
  if (!asked) return null;
  const { command, connection } = asked;
  const props = { connection, onClose };
  const then = (work: Promise<void>): Promise<void> => work.then(onClose);
  switch (command) {
    case "rename":
      return <RenameDialog {...props} onSave={(name) => then(commands.change(connection, { name }, t.done.renamed(name)))} />;
    case "rights":
      return <RightsDialog {...props} onSave={(permits) => then(commands.change(connection, { permits }, t.done.rights(connection.name)))} />;
    case "token": {
      const save = async (token: string): Promise<void> => {
        keepConnection(queries, await changeConnection(connection.id, { token }));
        onClose();
        commands.run("test", connection);
      };
      return <TokenDialog {...props} onSave={save} />;
    }
    case "remove": {
      const remove = async (revoke: boolean): Promise<void> => {
        await removeConnection(connection.id, revoke);
        queries.setQueryData(connectionsQuery.queryKey, (known) => known?.filter(({ id }) => id !== connection.id));
        toast(t.done.removed(connection.name));
      };
      return <RemoveDialog {...props} onSave={(revoke) => then(remove(revoke))} />;
    }
    default:
      return null;
  }
}

/** From so many on they are looked through by typing. */
const MANY = 8;

/** So many are drawn before somebody asks for all: each has a menu of its own. */
const DRAWN = 60;

function Filter({ q }: { q: string }): ReactNode {
  const navigate = route.useNavigate();
  return (
    <ToolBar>
      <SearchInput label={t.filter} hint={t.filterHint} value={q} onChange={(typed) => void navigate({ search: typed ? { q: typed } : {}, replace: true })} />
    </ToolBar>
  );
}

/** The connections of the company as cards; for who has none but that to this CRM, the ways to add one. */
export function Connections(): ReactNode {
  const { data, error, refetch } = useQuery(connectionsQuery);
  const [asked, setAsked] = useState<Asked>(null);
  const commands = useCommands(setAsked);
  const isFirst = data !== undefined && data.every(({ service }) => service === "here");
  const { q = "" } = route.useSearch();
  const shown = useMemo(() => data && matching(data, q), [data, q]);
  const [drawsAll, setDrawsAll] = useState(false);
  const drawn = drawsAll ? shown : shown?.slice(0, DRAWN);
  const rest = (shown?.length ?? 0) - (drawn?.length ?? 0);
  const cards = drawn?.map((connection) => <ConnectionCard key={connection.id} connection={connection} busy={commands.busyId === connection.id} onCommand={(command) => commands.run(command, connection)} />);
  return (
    <Page title={t.title}>
      <TopBar title={t.title} count={data?.length}>
        <Link to="/connections/new" className={buttonClasses({ tone: "primary" })}>
          <Plus size={16} strokeWidth={1.75} aria-hidden />
          {t.add}
        </Link>
      </TopBar>
      {data && (data.length > MANY || q) && <Filter q={q} />}
      <Main>
        {error && !data ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : (
          <Stack gap={6}>
            {data && <Outcome connections={data} />}
            <CardGrid label={t.list} busy={!data}>
              {cards ?? Array.from({ length: 3 }, (_, index) => <SkeletonCard key={index} />)}
              {data && !isFirst && !q && rest === 0 && (
                <li>
                  <Link to="/connections/new" className={newCardClass}>
                    <NewCard icon={Plug} title={t.another} hint={t.anotherHint} />
                  </Link>
                </li>
              )}
            </CardGrid>
            {rest > 0 && (
              <Line>
                <Button onClick={() => setDrawsAll(true)}>{t.showRest(rest.toLocaleString())}</Button>
              </Line>
            )}
            {shown?.length === 0 && (
              <Empty
                icon={SearchX}
                title={t.nothing}
                action={
                  <Link to="/connections" search={{}} className={buttonClasses({})}>
                    {t.showAll}
                  </Link>
                }
              />
            )}
            {isFirst && (
              <FirstTime icons={[SquareTerminal, Database]} title={t.first} hint={t.firstHint}>
                <KindList without="here" />
              </FirstTime>
            )}
          </Stack>
        )}
      </Main>
      <Dialogs asked={asked} onClose={() => setAsked(null)} commands={commands} />
    </Page>
  );
}
