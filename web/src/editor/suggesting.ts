/** What the editor offers and explains in calls: connections, actions and their parameters, from the catalogue. */
import type { QueryClient } from "@tanstack/react-query";
import { type Action, type ActionDetails, actionQuery, actionsQuery } from "../api/actions";
import { type Connection, connectionsQuery } from "../api/connections";
import { texts } from "../texts";
import type { About, Explain, Suggest, Suggestion } from "../ui/code-editor/suggestions";
import { type Place, placeAt } from "./calls";
import { type Parameter, parametersAt } from "./parameters";

const t = texts.editorPage;

/** What reads is offered before what writes, and that before what removes. */
const RANKS = { reads: 0, writes: 1, removes: 2 } as const;
const DEPRECATED_RANK = 3;

/** How many parameters are told beside an action. */
const MAX_FACTS = 8;

/** The name of the connection to this CRM, whatever it was renamed to. */
const LOCAL = "local";

/** Returns the names of the connections that one may use in scripts. */
export function namesOf(connections: Connection[]): string[] {
  return connections.filter(({ can_use }) => can_use).map(({ service, name }) => (service === "here" ? LOCAL : name));
}

/** Returns the action that a name in code means: an exact one, or of a bare one the newest. */
export function actionNamed(actions: Action[], name: string): Action | undefined {
  const found = actions.filter((one) => one.qualified_name === name || one.name === name);
  return found.toSorted((one, other) => Number(one.deprecated) - Number(other.deprecated) || other.version.localeCompare(one.version))[0];
}

/** Returns the names that are offered for actions: the bare one of the newest, and exact ones of what has a newer one. */
function offered(actions: Action[]): [name: string, action: Action][] {
  const newest = new Map<string, Action>();
  for (const action of actions) {
    const known = newest.get(action.name);
    if (!known || (known.deprecated && !action.deprecated) || (known.deprecated === action.deprecated && action.version > known.version)) newest.set(action.name, action);
  }
  return actions.map((action) => [newest.get(action.name) === action ? action.name : action.qualified_name, action]);
}

async function detailsOf(queries: QueryClient, name: string | null): Promise<ActionDetails | null> {
  if (name === null) return null;
  const action = actionNamed(await queries.ensureQueryData(actionsQuery), name);
  return action ? queries.ensureQueryData(actionQuery(action.version, action.name)) : null;
}

function aboutAction(action: ActionDetails): About {
  const own = parametersAt(action, []).filter(({ name }) => name !== "data");
  const inBody = parametersAt(action, ["data"]).map((one) => ({ ...one, name: `data.${one.name}` }));
  const all = [...own, ...inBody].toSorted((one, other) => Number(other.required) - Number(one.required));
  const facts = all.slice(0, MAX_FACTS).map(({ name, type, required }): [string, string] => [name, [type, required && t.required].filter(Boolean).join(", ")]);
  const more = all.length - facts.length;
  return {
    name: action.qualified_name,
    text: [action.summary.replace(/\.$/, ""), action.deprecated && (action.replaced_by ? t.deprecatedFor(action.replaced_by) : t.deprecated), texts.effects[action.effect], t.costs(action.cost)].filter(Boolean).join(". "),
    facts: more > 0 ? [...facts, ["…", t.moreParameters(more)]] : facts,
  };
}

function aboutParameter({ name, type, required, description, values }: Parameter): About {
  return { name, text: description, facts: [[t.type, [type, required && t.required].filter(Boolean).join(", ")], ...(values.length > 0 ? [[t.oneOf, values.join(", ")] as [string, string]] : [])] };
}

/** Whether something may be written at a place without quotes: behind a bracket, a comma, a colon or an equals sign. */
function mayBegin(code: string, { from, to, isQuoted }: Place): boolean {
  if (isQuoted) return true;
  let at = from - 1;
  while (at >= 0 && /\s/.test(code.charAt(at))) at -= 1;
  return "([{,:=".includes(code.charAt(at)) && !/\w/.test(code.charAt(to));
}

/** Returns a key as it is written: with the beginning of its value, unless one follows already. */
function keySuggestion(code: string, place: Place, one: Parameter): Suggestion {
  const follows = /^\s*:/.test(code.slice(place.isQuoted ? place.to + 1 : place.to, place.to + 20));
  const about = (): Promise<About> => Promise.resolve(aboutParameter(one));
  const detail = [one.type, one.required && t.required].filter(Boolean).join(", ");
  const shown = { label: one.name, detail, about };
  if (follows) return { ...shown, text: one.name };
  const value = `": ${one.begins}`;
  const back = one.begins === "" ? 0 : 1;
  return { ...shown, text: `${place.isQuoted ? "" : '"'}${one.name}${value}`, back, goesOn: one.values.length > 0 || one.begins === "{}" };
}

async function optionsAt(queries: QueryClient, code: string, place: Place): Promise<Suggestion[]> {
  const quoted = (name: string): string => (place.isQuoted ? name : `"${name}"`);
  if (place.argument === "connection_name") return namesOf(await queries.ensureQueryData(connectionsQuery)).map((name) => ({ text: quoted(name), label: name, detail: t.connection }));
  if (place.argument === "action_name") {
    return offered(await queries.ensureQueryData(actionsQuery)).map(([name, action]) => ({
      text: quoted(name),
      label: name,
      detail: action.summary,
      rank: action.deprecated ? DEPRECATED_RANK : RANKS[action.effect],
      about: async () => {
        const details = await detailsOf(queries, action.qualified_name);
        return details && aboutAction(details);
      },
    }));
  }
  const action = await detailsOf(queries, place.action);
  if (!action) return [];
  const known = parametersAt(action, place.path);
  if (place.key !== null) return (known.find(({ name }) => name === place.key)?.values ?? []).map((value) => ({ text: quoted(value), label: value, detail: place.key ?? "" }));
  return known.filter(({ name }) => name === place.text || !place.siblings.includes(name)).map((one) => keySuggestion(code, place, one));
}

/** Returns what may stand at a position in code. */
export function makeSuggest(queries: QueryClient): Suggest {
  return async (code, position) => {
    const place = placeAt(code, position);
    if (!place || !mayBegin(code, place)) return null;
    try {
      const options = await optionsAt(queries, code, place);
      // A key that is written with its value takes the closing quote with it.
      const isKey = place.argument === "params" && place.key === null && place.isQuoted;
      const closes = isKey && options[0]?.text.includes('"') && /["']/.test(code.charAt(place.to)) ? 1 : 0;
      return { from: place.from, to: place.to + closes, options };
    } catch {
      // What cannot be read is not offered; the page says so elsewhere.
      return null;
    }
  };
}

/** Returns what is told about the word at a position. */
export function makeExplain(queries: QueryClient): Explain {
  return async (code, position) => {
    const place = placeAt(code, position);
    if (!place?.isQuoted || !place.text) return null;
    const { from, to } = place;
    try {
      if (place.argument === "action_name") {
        const action = await detailsOf(queries, place.text);
        return action && { ...aboutAction(action), from, to };
      }
      if (place.argument !== "params") return null;
      const action = await detailsOf(queries, place.action);
      const one = action && parametersAt(action, place.path).find(({ name }) => name === (place.key ?? place.text));
      return one ? { ...aboutParameter(one), from, to } : null;
    } catch {
      return null;
    }
  };
}
