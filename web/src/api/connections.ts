/** The connections of the company, and what one does with them. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { answerOf, app } from "./client";
import type { components } from "./generated/app";

export type Connection = components["schemas"]["Connection"];
export type Permits = Connection["permits"];
export type TestResult = components["schemas"]["TestResult"];
type NewConnection = components["schemas"]["NewConnection"];
type ConnectionChanges = components["schemas"]["ConnectionChanges"];
type ConsentToAsk = components["schemas"]["ConsentToAsk"];

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async () => (await answerOf(app.GET("/app/api/connections"))).items,
});

/** The address at which providers send browsers back. */
export const redirectUriQuery = queryOptions({
  queryKey: ["connections", "redirect-uri"],
  queryFn: async () => (await answerOf(app.GET("/app/api/connections/redirect-uri"))).redirect_uri,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Puts a connection as it is now in the place of what was read before. */
export function keepConnection(queries: QueryClient, connection: Connection): void {
  queries.setQueryData(connectionsQuery.queryKey, (known) => {
    if (!known) return known;
    return known.some(({ id }) => id === connection.id) ? known.map((one) => (one.id === connection.id ? connection : one)) : [...known, connection];
  });
}

export function addConnection(body: NewConnection): Promise<Connection> {
  return answerOf(app.POST("/app/api/connections", { body }));
}

export function changeConnection(id: number, body: ConnectionChanges): Promise<Connection> {
  return answerOf(app.PATCH("/app/api/connections/{id}", { params: { path: { id } }, body }));
}

/** Removes a connection; `revoke` gives its consent back to the provider, too. */
export function removeConnection(id: number, revoke: boolean): Promise<Connection> {
  return answerOf(app.DELETE("/app/api/connections/{id}", { params: { path: { id }, query: { revoke } } }));
}

export function testConnection(id: number): Promise<TestResult> {
  return answerOf(app.POST("/app/api/connections/{id}/test", { params: { path: { id } } }));
}

/** Sends the browser to the page of a provider, from which it comes back to the page of connections. */
export async function askForConsent(body: Partial<ConsentToAsk>): Promise<void> {
  // What has a default may be left out, which the generated type does not say.
  const { url } = await answerOf(app.POST("/app/api/connections/authorize", { body: body as ConsentToAsk }));
  location.assign(url);
}
