/** A connection that is about to be added. */
import type { addConnection, askForConsent, Permits } from "../api/connections";
import { texts } from "../texts";
import type { Kind } from "./facts";
import { toSend } from "./Rights";

const t = texts.connectionPages.form;

export interface Draft {
  name: string;
  clientId: string;
  clientSecret: string;
  token: string;
  domain: string;
  url: string;
  plainHttp: boolean;
  isShared: boolean;
  permits: Permits;
}

export type Wrong = Partial<Record<string, string>>;

export const NEW_DRAFT: Draft = {
  name: "",
  clientId: "",
  clientSecret: "",
  token: "",
  domain: "",
  url: "",
  plainHttp: false,
  isShared: false,
  permits: { kind: "all", actions: [] },
};

/** The fields of the server's answers by the fields of the form. */
export const FIELDS = { clientId: "client_id", clientSecret: "client_secret", token: "token", domain: "domain", url: "url", name: "name", permits: "permits.actions" } as const;

export const isOauth = (kind: Kind): boolean => kind.endsWith("oauth");
export const isServer = (kind: Kind): boolean => kind.startsWith("server");

/** Whether secrets would go over the network in the clear. */
export function isPlain({ url }: Draft): boolean {
  return /^http:\/\//i.test(url.trim());
}

/** Returns what is missing of the credentials, by fields. */
export function missingCredentials(kind: Kind, draft: Draft): Wrong {
  const needed: (keyof Draft)[] = [...(isOauth(kind) ? (["clientId", "clientSecret"] as const) : (["token"] as const)), ...(isServer(kind) ? (["url"] as const) : [])];
  return Object.fromEntries(needed.filter((name) => !String(draft[name]).trim()).map((name) => [FIELDS[name as keyof typeof FIELDS], t.required]));
}

/** Returns a name to begin with: that of the other company or host. */
export function proposedName(kind: Kind, { domain, url }: Draft): string {
  if (!isServer(kind)) return domain.trim() || "pipedrive";
  return url.trim().replace(/^https?:\/\//i, "").split("/")[0] ?? "";
}

function common({ name, isShared, permits, plainHttp }: Draft) {
  return { name: name.trim(), is_shared: isShared, permits: toSend(permits), allow_plain_http: plainHttp };
}

/** Returns what asks for consent. */
export function toConsent(kind: Kind, draft: Draft): Parameters<typeof askForConsent>[0] {
  return { ...common(draft), client_id: draft.clientId.trim(), client_secret: draft.clientSecret.trim(), ...(isServer(kind) && { provider: draft.url.trim() }) };
}

/** Returns what adds a connection by API token. */
export function toConnection(kind: Kind, draft: Draft): Parameters<typeof addConnection>[0] {
  const service = isServer(kind) ? "server" : "pipedrive";
  return { ...common(draft), service, token: draft.token.trim(), url: isServer(kind) ? draft.url.trim() : null, domain: isServer(kind) ? null : draft.domain.trim() || null };
}
