import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { connectionsQuery } from "../api/connections";
import { lookupQuery } from "../api/lookups";
import { useSession } from "../api/session";
import { SearchInput } from "../shell/SearchInput";
import { texts } from "../texts";
import { Button, Select, ToolBar } from "../ui";

const t = texts.runPages;

/** What narrows the runs, as the address has it. */
export interface RunSearch {
  q?: string;
  action?: string;
  user?: number;
  connection?: number;
  source?: keyof typeof t.sources;
  status?: keyof typeof t.statuses;
  when?: keyof typeof t.whens;
}

type Change = { [Key in keyof RunSearch]?: RunSearch[Key] | undefined };

// A text that is empty is no choice for the component.
const ANY = "any";

interface ChoiceProps<Value extends string> {
  label: string;
  any: string;
  texts: Record<Value, string>;
  value: Value | undefined;
  onChange: (value: Value | undefined) => void;
}

/** One of a few, or any. */
function Choice<Value extends string>({ label, any, texts: names, value, onChange }: ChoiceProps<Value>): ReactNode {
  const options = Object.entries<string>(names).map(([name, text]) => ({ value: name, label: text }));
  return <Select inBar label={label} value={value ?? ANY} options={[{ value: ANY, label: any }, ...options]} onChange={(chosen) => onChange(chosen === ANY ? undefined : (chosen as Value))} />;
}

/** What narrows the list of runs. */
export function RunFilters({ search, onChange }: { search: RunSearch; onChange: (change: Change) => void }): ReactNode {
  const { user } = useSession();
  const connections = useQuery(connectionsQuery);
  // Only admins see the runs of others.
  const users = useQuery({ ...lookupQuery({ reference: "user", about: null, byCode: false }, ""), enabled: user.is_admin });
  const [q, setQ] = useState(search.q ?? "");

  const told = useRef(q);

  // The address follows what is typed, once it rests.
  useEffect(() => {
    if (q === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = q;
      onChange({ q: q || undefined });
    }, 250);
    return () => clearTimeout(timer);
  }, [q, onChange]);

  // And what is typed follows the address, when that was changed elsewhere.
  useEffect(() => {
    if ((search.q ?? "") === told.current) return;
    told.current = search.q ?? "";
    setQ(told.current);
  }, [search.q]);

  return (
    <ToolBar
      narrowedBy={[search.action, search.when, search.status, search.source, search.user, search.connection].filter((one) => one !== undefined).length}
      search={
        <SearchInput label={t.find} hint={t.findHint} value={q} onChange={setQ} onKeyDown={(event) => event.key === "Escape" && setQ("")} />
      }
    >
      {search.action && (
        <Button aria-label={`${t.clear}: ${search.action}`} icon={X} onClick={() => onChange({ action: undefined })}>
          <code>{search.action}</code>
        </Button>
      )}
      <Choice label={t.when} any={t.any.when} texts={t.whens} value={search.when} onChange={(when) => onChange({ when })} />
      <Choice label={t.outcome} any={t.any.status} texts={t.statuses} value={search.status} onChange={(status) => onChange({ status })} />
      <Choice label={t.from} any={t.any.source} texts={t.sources} value={search.source} onChange={(source) => onChange({ source })} />
      {user.is_admin && users.data && users.data.length > 1 && (
        <Select
          inBar
          label={t.by}
          value={String(search.user ?? ANY)}
          options={[{ value: ANY, label: t.any.user }, ...users.data.map(({ id, name }) => ({ value: String(id), label: name }))]}
          onChange={(id) => onChange({ user: id === ANY ? undefined : Number(id) })}
        />
      )}
      {connections.data && connections.data.length > 1 && (
        <Select
          inBar
          label={t.connection}
          value={String(search.connection ?? ANY)}
          options={[{ value: ANY, label: t.any.connection }, ...connections.data.map(({ id, name }) => ({ value: String(id), label: name }))]}
          onChange={(id) => onChange({ connection: id === ANY ? undefined : Number(id) })}
        />
      )}
    </ToolBar>
  );
}
