/** Who is signed in, and the ways in and out. */
import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { answerOf, app, onRefusedSession, type Session, setCsrfToken } from "./client";

export type SignedIn = Session & { user: NonNullable<Session["user"]>; company: NonNullable<Session["company"]> };

/** Tells the other tabs of this browser that the session is another one now. */
const tabs = new BroadcastChannel("dealwright.session");

/** Whoever was signed in last: pages that are open go on showing it while somebody signs in again. */
let lastSignedIn: SignedIn | null = null;

/** Whether it was asked for here that nobody is signed in. */
let hasLeft = false;

function isSignedIn(session: Session): session is SignedIn {
  return session.user !== null && session.company !== null;
}

function keep(session: Session): Session {
  setCsrfToken(session.csrf_token);
  if (isSignedIn(session)) [lastSignedIn, hasLeft] = [session, false];
  return session;
}

/** Remembers the session that a call has begun or changed, here and in other tabs. */
export async function remember(call: Promise<Session>): Promise<Session> {
  const session = keep(await call);
  tabs.postMessage(null);
  return session;
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async () => keep(await answerOf(app.GET("/app/api/session"))),
  staleTime: 60_000,
});

/** Reads the session anew when a request was refused for want of it, and when another tab has changed it. */
export function followSession(queries: QueryClient): void {
  const read = (): void => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  onRefusedSession(read);
  tabs.addEventListener("message", read);
}

/** Returns the session of somebody who is signed in, or was until now; pages behind the sign-in alone may ask. */
export function useSession(): SignedIn {
  const { data } = useSuspenseQuery(sessionQuery);
  return isSignedIn(data) ? data : (lastSignedIn as SignedIn);
}

/** Whether the session has ended while a page was open. */
export function useHasEnded(): boolean {
  const { data } = useQuery(sessionQuery);
  return data !== undefined && !isSignedIn(data) && !hasLeft;
}

export function signIn(body: { email?: string; password?: string; code?: string }): Promise<Session> {
  return remember(answerOf(app.POST("/app/api/session", { body })));
}

export function signInByLink(token: string): Promise<Session> {
  return remember(answerOf(app.POST("/app/api/session/link", { body: { token } })));
}

export function chooseCompany(companyId: number): Promise<Session> {
  return remember(answerOf(app.PATCH("/app/api/session", { body: { company_id: companyId } })));
}

/** Signs out, everywhere if so asked, and forgets all that was read. */
export async function signOut(queries: QueryClient, everywhere = false): Promise<void> {
  const session = await remember(answerOf(app.DELETE("/app/api/session", { params: { query: { everywhere } } })));
  hasLeft = true;
  queries.clear();
  queries.setQueryData(sessionQuery.queryKey, session);
}
