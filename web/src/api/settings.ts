/** Users, sessions, apps, tokens and how long runs are kept. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, app, v1 } from "./client";
import type { components } from "./generated/app";
import { answerOfV1 } from "./v1";

type Schemas = components["schemas"];
export type UserAccount = Schemas["UserAccount"];
export type ListedSession = Schemas["ListedSession"];
export type RegisteredApp = Schemas["App"];
export type AppWithSecret = Schemas["AppWithSecret"];
export type AppToRegister = Schemas["AppToRegister"];
export type ConnectedApp = Schemas["ConnectedApp"];
export type AgentRight = Schemas["AgentSettings"]["right"];
export type ChatModelState = Schemas["ChatModelState"];
export type ModelToUse = Schemas["ModelToUse"];
export type ApiToken = Schemas["ApiToken"];
export type Invitation = Schemas["Invitation"];

export const sessionsQuery = queryOptions({ queryKey: ["sessions"], queryFn: async () => (await answerOf(app.GET("/app/api/sessions"))).items });
export const usersQuery = queryOptions({ queryKey: ["users"], queryFn: async () => (await answerOf(app.GET("/app/api/users"))).items });
export const signInRulesQuery = queryOptions({ queryKey: ["sign-in-rules"], queryFn: () => answerOf(app.GET("/app/api/sign-in-rules")) });
export const appsQuery = queryOptions({ queryKey: ["apps"], queryFn: async () => (await answerOf(app.GET("/app/api/apps"))).items });
export const scopesQuery = queryOptions({
  queryKey: ["apps", "scopes"],
  queryFn: async () => (await answerOf(app.GET("/app/api/apps/scopes"))).items,
  staleTime: Number.POSITIVE_INFINITY,
});
export const connectedAppsQuery = queryOptions({ queryKey: ["connected-apps"], queryFn: async () => (await answerOf(app.GET("/app/api/connected-apps"))).items });
export const tokensQuery = queryOptions({ queryKey: ["api-tokens"], queryFn: async () => (await answerOf(app.GET("/app/api/api-tokens"))).items });
export const agentsQuery = queryOptions({ queryKey: ["agents"], queryFn: () => answerOf(app.GET("/app/api/agents")) });
export const chatModelQuery = queryOptions({ queryKey: ["chat-model"], queryFn: () => answerOf(app.GET("/app/api/chat/model")) });
export const runSettingsQuery = queryOptions({ queryKey: ["runs", "settings"], queryFn: () => answerOf(app.GET("/app/api/runs/settings")) });

const byId = (id: number) => ({ params: { path: { id } } });

export const endSession = (id: number) => answerOf(app.DELETE("/app/api/sessions/{id}", byId(id)));
export const endSessionsOf = (id: number) => answerOf(app.DELETE("/app/api/users/{id}/sessions", byId(id)));
export const removeSecondFactorOf = (id: number) => answerOf(app.DELETE("/app/api/users/{id}/second-factor", byId(id)));
export const inviteAgain = (id: number): Promise<Invitation> => answerOf(app.POST("/app/api/users/{id}/invitation", byId(id)));
export const changeSignInRules = (required: boolean) => answerOf(app.PATCH("/app/api/sign-in-rules", { body: { second_factor_required: required } }));

/** Adds a user; returns the id. */
export async function addUser(email: string): Promise<number> {
  const answer = await answerOfV1(v1.POST("/v1/users", { body: { email } }));
  return answer.data.id;
}

export const activateUser = (id: number, isActive: boolean) => answerOfV1(v1.PUT("/v1/users/{id}", { ...byId(id), body: { active_flag: isActive } }));

export const registerApp = (body: AppToRegister): Promise<AppWithSecret> => answerOf(app.POST("/app/api/apps", { body }));
export const changeApp = (id: number, body: AppToRegister): Promise<RegisteredApp> => answerOf(app.PATCH("/app/api/apps/{id}", { ...byId(id), body }));
export const renewAppSecret = (id: number): Promise<AppWithSecret> => answerOf(app.POST("/app/api/apps/{id}/secret", byId(id)));
export const deleteApp = (id: number) => answerOf(app.DELETE("/app/api/apps/{id}", byId(id)));
export const revokeAccess = (userId: number, appId: number) =>
  answerOf(app.DELETE("/app/api/users/{id}/connected-apps/{app_id}", { params: { path: { id: userId, app_id: appId } } }));

export const makeToken = async (): Promise<string> => (await answerOf(app.POST("/app/api/api-tokens"))).token;
export const revokeToken = (userId: number) => answerOf(app.DELETE("/app/api/users/{id}/api-token", byId(userId)));

export const changeAgentRight = (right: AgentRight) => answerOf(app.PATCH("/app/api/agents", { body: { right } }));
export const changeRunSettings = (days: number) => answerOf(app.PATCH("/app/api/runs/settings", { body: { retention_days: days } }));

export const renewRecoveryCodes = async (password: string): Promise<string[]> => (await answerOf(app.POST("/app/api/second-factor/recovery-codes", { body: { password } }))).recovery_codes;
export const removeSecondFactor = (password: string) => answerOf(app.POST("/app/api/second-factor/removal", { body: { password } }));
export const changeChatModel = (body: ModelToUse) => answerOf(app.PUT("/app/api/chat/model", { body }));
export const removeChatModel = () => answerOf(app.DELETE("/app/api/chat/model"));
export const testChatModel = (body: ModelToUse) => answerOf(app.POST("/app/api/chat/model/test", { body }));
