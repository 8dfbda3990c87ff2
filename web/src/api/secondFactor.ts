/** One's own second factor, and one's own password. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, app, type Session } from "./client";
import type { components } from "./generated/app";
import { remember } from "./session";

export type NewSecondFactor = components["schemas"]["NewSecondFactor"];

export const secondFactorQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: () => answerOf(app.GET("/app/api/second-factor")),
});

/** Begins to set up a second factor: its secret, and the address that apps for codes read. */
export function beginSecondFactor(password: string): Promise<NewSecondFactor> {
  return answerOf(app.POST("/app/api/second-factor", { body: { password } }));
}

/** Switches the second factor on; returns the recovery codes, which are not shown again. */
export async function confirmSecondFactor(code: string): Promise<string[]> {
  return (await answerOf(app.POST("/app/api/second-factor/confirmation", { body: { code } }))).recovery_codes;
}

/** Sets the password of whom a one-time link is for. */
export function setPasswordByLink(token: string, password: string): Promise<Session> {
  return remember(answerOf(app.POST("/app/api/password", { body: { token, password } })));
}

/** Changes one's own password. */
export function changePassword(password: string, current?: string): Promise<Session> {
  return remember(answerOf(app.PUT("/app/api/password", { body: { password, ...(current && { current_password: current }) } })));
}
