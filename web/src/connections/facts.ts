/** What a connection is, in words. */
import type { Connection, Permits } from "../api/connections";
import { texts } from "../texts";

const t = texts.connectionPages;

export type Kind = keyof typeof t.wizard.kinds;
export const KINDS = Object.keys(t.wizard.kinds) as Kind[];

/** Returns which service it is, and how it signs in. */
export function serviceText({ service, authentication }: Pick<Connection, "service" | "authentication">): string {
  return service === "here" ? t.services.here : `${t.services[service]}, ${t.authentications[authentication]}`;
}

/** Returns its state with the colour of the dot. */
export function stateOf({ state }: Pick<Connection, "state">): { tone: "won" | "lost" | "due" | "none"; text: string } {
  const tone = ({ connected: "won", expired: "lost", failing: "lost", untested: "none" } as const)[state];
  return { tone, text: t.states[state] };
}

/** Returns which actions it may run. */
export function permitsText(permits: Permits): string {
  const count = permits.actions.length;
  return permits.kind === "chosen" ? t.mayRun.chosen(count.toLocaleString(), count === 1) : t.mayRun[permits.kind];
}

/** Returns the company on the other side; null when no test has shown it yet. */
export function companyOf({ account }: Pick<Connection, "account">): string | null {
  return account?.company_name ?? account?.company_domain ?? null;
}

/** Returns the user on the other side; null when no test has shown it yet. */
export function userOf({ account }: Pick<Connection, "account">): string | null {
  return account?.user_name ?? account?.user_email ?? null;
}

/** Returns whom it stands for: the user, at the company. */
export function accountText(connection: Pick<Connection, "account">): string {
  return [userOf(connection), companyOf(connection)].filter(Boolean).join(", ");
}

/** How much of the daily budget is used: of all of it where the service says how much that is. */
export function budgetOf({ budget }: Pick<Connection, "budget">): { spent: number; limit: number | null; isTight: boolean } {
  const spent = budget?.spent ?? 0;
  const limit = budget?.limit ?? null;
  // What others have spent of the budget of the company counts, too.
  const used = limit !== null && budget?.remaining != null ? Math.max(spent, limit - budget.remaining) : spent;
  return { spent: used, limit, isTight: limit !== null && used >= limit * 0.9 };
}

/** Whether it is of no use before somebody does something. */
export function needsAttention({ state }: Pick<Connection, "state">): boolean {
  return state === "expired" || state === "failing";
}

/** Returns the connections with all words of a text in their name, service, company, user or owner. */
export function matching(connections: Connection[], text: string): Connection[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return connections.filter((one) => {
    const found = [one.name, serviceText(one), companyOf(one), userOf(one), one.owner?.name, one.url].join(" ").toLowerCase();
    return words.every((word) => found.includes(word));
  });
}

/** Returns why a test failed, without the name of the action that tests call. */
export function reasonText(reason: string): string {
  return reason.replace(/^v\d\.\w+: /, "");
}

/** Returns the host of an address, as people name it. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
