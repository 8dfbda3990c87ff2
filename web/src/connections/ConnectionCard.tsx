import { Link } from "@tanstack/react-router";
import { Ellipsis, History, KeyRound, ListChecks, Pencil, PlugZap, RefreshCw, Share2, Trash2, UserLock, Zap } from "lucide-react";
import type { ReactNode } from "react";
import type { Connection } from "../api/connections";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { Avatar, Button, buttonClasses, Card, IconButton, Line, Menu, type MenuGroups, Progress, Stack, State, Tag, Text } from "../ui";
import { budgetOf, companyOf, hostOf, needsAttention, permitsText, reasonText, serviceText, stateOf, userOf } from "./facts";
import { Mark } from "./Mark";

const t = texts.connectionPages;
const SHOWN_SCOPES = 2;

/** What can be done with a connection. */
export type Command = "reconnect" | "remove" | "rename" | "rights" | "share" | "test" | "token";

function Scopes({ scopes }: { scopes: string[] }): ReactNode {
  const rest = scopes.slice(SHOWN_SCOPES);
  return (
    <>
      {scopes.slice(0, SHOWN_SCOPES).map((scope) => (
        <Tag key={scope} tone="line">
          {scope}
        </Tag>
      ))}
      {rest.length > 0 && <Tag title={rest.join(", ")}>+{rest.length}</Tag>}
    </>
  );
}

/** How one gets in, or why one does not. */
function Access({ connection }: { connection: Connection }): ReactNode {
  const { service, state_reason, scopes, url, expires_at, authentication } = connection;
  if (needsAttention(connection) && state_reason)
    return (
      <Text tone="lost" clip title={reasonText(state_reason)}>
        {reasonText(state_reason)}
      </Text>
    );
  if (service === "here")
    return (
      <Text tone="faint" clip title={t.asYourself}>
        {t.asYourself}
      </Text>
    );
  if (scopes && scopes.length > 0) return <Scopes scopes={scopes} />;
  const expiry = expires_at && authentication !== "oauth" ? t.expires(new Date(expires_at).toLocaleDateString()) : null;
  const text = expiry ?? (url ? hostOf(url) : t.allScopes);
  return (
    <Text tone={expiry ? "due" : "faint"} clip title={text}>
      {text}
    </Text>
  );
}

function Owner({ connection: { owner, is_shared, can_use } }: { connection: Connection }): ReactNode {
  const text = !owner || is_shared ? (owner ? t.bySharing(owner.name) : t.shared) : can_use ? owner.name : t.ofOther(owner.name);
  return (
    <Text clip title={text}>
      {text}
    </Text>
  );
}

function Budget({ connection }: { connection: Connection }): ReactNode {
  const { spent, limit, isTight } = budgetOf(connection);
  const used = limit === null ? (spent === 0 ? t.budget.none : spent.toLocaleString()) : t.budget.of(spent.toLocaleString(), limit.toLocaleString());
  return (
    <Stack gap={1}>
      <Line between>
        <Text tone="faint" small>
          {t.budget.title}
        </Text>
        <Text tone="faint" small>
          {connection.service === "here" ? t.budget.notCounted : used}
        </Text>
      </Line>
      {connection.service !== "here" && <Progress label={t.budget.label(connection.name)} value={Math.min(spent, limit ?? spent)} max={limit ?? Math.max(spent, 1)} tone={isTight ? "due" : "accent"} unknown={limit === null} />}
    </Stack>
  );
}

/** Returns what the user may do with a connection; what not is not offered. */
function menuOf({ service, authentication, is_shared, can_use, can_change, can_remove }: Connection, onCommand: (command: Command) => void): MenuGroups {
  const own = can_change && service !== "here";
  const offered = [
    can_use && { label: t.menu.test, icon: PlugZap, onSelect: () => onCommand("test") },
    own && authentication === "oauth" && { label: t.menu.reconnect, icon: RefreshCw, onSelect: () => onCommand("reconnect") },
    own && authentication === "token" && { label: t.menu.token, icon: KeyRound, onSelect: () => onCommand("token") },
  ];
  const changes = [
    own && { label: t.menu.rename, icon: Pencil, onSelect: () => onCommand("rename") },
    can_change && { label: t.menu.rights, icon: ListChecks, onSelect: () => onCommand("rights") },
    own && { label: is_shared ? t.menu.unshare : t.menu.share, icon: is_shared ? UserLock : Share2, onSelect: () => onCommand("share") },
  ];
  const removal = [can_remove && { label: t.menu.remove, icon: Trash2, danger: true, onSelect: () => onCommand("remove") }];
  return [offered, changes, removal].map((items) => ({ items: items.filter((item) => item !== false) })).filter(({ items }) => items.length > 0);
}

/** What may make a connection work again: another sign-in, or another try. */
function Mending({ isOauth, busy, onCommand }: { isOauth: boolean; busy: boolean; onCommand: (command: Command) => void }): ReactNode {
  return (
    <>
      <Button icon={isOauth ? RefreshCw : KeyRound} busy={busy} onClick={() => onCommand(isOauth ? "reconnect" : "token")}>
        {isOauth ? t.menu.reconnect : t.menu.token}
      </Button>
      <Button tone="quiet" icon={PlugZap} disabled={busy} onClick={() => onCommand("test")}>
        {t.menu.test}
      </Button>
    </>
  );
}

function Onward({ id, canUse }: { id: number; canUse: boolean }): ReactNode {
  return (
    <>
      {canUse && (
        <Link to="/actions" className={buttonClasses({ tone: "quiet" })}>
          <Zap size={16} strokeWidth={1.75} aria-hidden />
          {t.menu.actions}
        </Link>
      )}
      <Link to="/runs" search={{ connection: id }} className={buttonClasses({ tone: "quiet" })}>
        <History size={16} strokeWidth={1.75} aria-hidden />
        {t.menu.runs}
      </Link>
    </>
  );
}

/** Whom it stands for: to this CRM whoever is signed in, elsewhere whom the last test has shown. */
function useOtherSide(connection: Connection): { user: string | null; company: string | null } {
  const session = useSession();
  if (connection.service === "here") return { user: session.user.name, company: session.company.name };
  return { user: userOf(connection), company: companyOf(connection) };
}

interface ConnectionCardProps {
  connection: Connection;
  /** Whether it is being tested or sent to its provider. */
  busy: boolean;
  onCommand: (command: Command) => void;
}

/** A connection, and what can be done with it. */
export function ConnectionCard({ connection, busy, onCommand }: ConnectionCardProps): ReactNode {
  const { name, service, authentication, can_change, can_use } = connection;
  const state = stateOf(connection);
  const { user, company } = useOtherSide(connection);
  const unknown = <Text tone="faint">{t.unknown}</Text>;
  const groups = menuOf(connection, onCommand);
  const canMend = can_change && needsAttention(connection) && service !== "here";
  return (
    <Card
      anchor={`connection-${connection.id}`}
      mark={<Mark service={service} />}
      title={name}
      subtitle={service === "here" ? location.host : serviceText(connection)}
      state={<State tone={busy ? "none" : state.tone}>{busy ? t.menu.testing : state.text}</State>}
      facts={[
        [t.facts.company, <Text key="company" clip title={company ?? undefined}>{company ?? unknown}</Text>],
        [
          t.facts.user,
          user ? (
            <>
              <Avatar name={user} />
              <Text clip title={connection.account?.user_email ?? user}>
                {user}
              </Text>
            </>
          ) : (
            unknown
          ),
        ],
        [t.facts.mayRun, permitsText(connection.permits)],
        [t.facts.access, <Access key="access" connection={connection} />],
        [t.facts.owner, <Owner key="owner" connection={connection} />],
      ]}
      foot={canMend ? <Mending isOauth={authentication === "oauth"} busy={busy} onCommand={onCommand} /> : <Onward id={connection.id} canUse={can_use} />}
      footEnd={groups.length > 0 && <Menu groups={groups} trigger={<IconButton icon={Ellipsis} label={t.more(name)} tone="quiet" />} />}
    >
      <Budget connection={connection} />
    </Card>
  );
}
