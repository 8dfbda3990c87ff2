/** The typed client of the web app's own API. Its types are made from the server's own document. */
import createClient, { type Middleware } from "openapi-fetch";
import { texts } from "../texts";
import type { components, paths } from "./generated/app";
import type { paths as pathsOfV1 } from "./generated/v1";
import type { paths as pathsOfV2 } from "./generated/v2";

export type Session = components["schemas"]["Session"];

/** A request failed: what the server said, and which fields are wrong. `status` is 0 when no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
    this.name = "ApiError";
  }
}

let csrfToken = "";

/** Remembers the token that everything that writes must send. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

const withCsrfToken: Middleware = {
  onRequest({ request }) {
    request.headers.set("x-csrf-token", csrfToken);
    return request;
  },
};

let tellRefusal = (): void => {};

/** Calls a function when a request was refused because nobody is signed in, or because of another session's token. */
export function onRefusedSession(listener: () => void): void {
  tellRefusal = listener;
}

/** Whether an answer means that the session is another one than this page knows. */
function refusesSession(status: number, code: string | undefined): boolean {
  return status === 401 || (status === 403 && (code === "csrf" || code === "second_factor"));
}

export const app = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
app.use(withCsrfToken);

/** The CRM's own API, as the person who is signed in. */
export const v1 = createClient<pathsOfV1>({ baseUrl: "/", credentials: "same-origin" });
export const v2 = createClient<pathsOfV2>({ baseUrl: "/", credentials: "same-origin" });
v1.use(withCsrfToken);
v2.use(withCsrfToken);

interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Returns what a call answers. Throws `ApiError`. */
export async function answerOf<Data>(call: Promise<Result<Data>>): Promise<Data> {
  let result: Result<Data>;
  try {
    result = await call;
  } catch {
    throw new ApiError(0, "unreachable", texts.states.unreachable);
  }
  const { data, error, response } = result;
  if (response.ok) return data as Data;
  const told = (error as { error?: { code?: string; message?: string; fields?: Record<string, string> } } | undefined)?.error;
  if (refusesSession(response.status, told?.code)) tellRefusal();
  throw new ApiError(response.status, told?.code ?? "internal", told?.message ?? texts.states.failedHint, told?.fields);
}
