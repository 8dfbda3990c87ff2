/** Webhooks and their deliveries. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answerOf, app, v1 } from "./client";
import type { components } from "./generated/app";
import type { components as componentsOfV1 } from "./generated/v1";
import { answerOfV1 } from "./v1";

export type Webhook = components["schemas"]["Webhook"];
export type WebhookDetails = components["schemas"]["WebhookDetails"];
export type Delivery = components["schemas"]["Delivery"];
export type DeliveryState = Delivery["state"];
export type NewWebhook = componentsOfV1["schemas"]["NewWebhook"];

const byId = (id: number) => ({ params: { path: { id } } });

export const webhooksQuery = queryOptions({ queryKey: ["webhooks"], queryFn: async () => (await answerOf(app.GET("/app/api/webhooks"))).items });

export const webhookQuery = (id: number) => queryOptions({ queryKey: ["webhooks", id], queryFn: () => answerOf(app.GET("/app/api/webhooks/{id}", byId(id))) });

export const deliveriesQuery = (id: number, state: DeliveryState | null) =>
  infiniteQueryOptions({
    queryKey: ["webhooks", id, "deliveries", state],
    queryFn: ({ pageParam }) =>
      answerOf(
        app.GET("/app/api/webhooks/{id}/deliveries", { params: { path: { id }, query: { limit: 50, ...(state && { state }), ...(pageParam && { cursor: pageParam }) } } }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const payloadQuery = (id: number) => queryOptions({ queryKey: ["deliveries", id], queryFn: () => answerOf(app.GET("/app/api/webhook-deliveries/{id}/payload", byId(id))) });

export const replay = (id: number) => answerOf(app.POST("/app/api/webhook-deliveries/{id}/replay", byId(id)));
export const replayAll = (id: number) => answerOf(app.POST("/app/api/webhooks/{id}/replay", byId(id)));
export const addWebhook = (body: NewWebhook) => answerOfV1(v1.POST("/v1/webhooks", { body }));
export const deleteWebhook = (id: number) => answerOfV1(v1.DELETE("/v1/webhooks/{id}", byId(id)));
