/** The catalogue of actions. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, app } from "./client";
import type { components } from "./generated/app";

export type Action = components["schemas"]["Action"];
export type ActionDetails = components["schemas"]["ActionDetails"];

/** All actions; they change with the server's version only. */
export const actionsQuery = queryOptions({
  queryKey: ["actions"],
  queryFn: async () => (await answerOf(app.GET("/app/api/actions"))).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** One action, with what it takes and answers. */
export const actionQuery = (version: "v1" | "v2", name: string) =>
  queryOptions({
    queryKey: ["actions", version, name],
    queryFn: () => answerOf(app.GET("/app/api/actions/{version}/{name}", { params: { path: { version, name } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
