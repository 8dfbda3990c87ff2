/** Going on after signing in, or after a step of it. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ApiError, type Session } from "../api/client";
import { sessionQuery } from "../api/session";
import { texts } from "../texts";

/** The address to go on to: a path of this server only, because anybody may have made the link. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : "/";
}

/** Returns what goes on to what is still missing: a second factor, the choice of a company, or the page that was asked for. */
export function useEnter(next: string | undefined): (session: Session, step?: "signed-in" | "chosen") => Promise<void> {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async (session, step = "signed-in") => {
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, session);
    const search = next ? { next } : {};
    if (session.sign_in.second_factor_missing) return navigate({ to: "/sign-in/second-factor", search, replace: true });
    if (step === "signed-in" && session.companies.length > 1) return navigate({ to: "/sign-in/company", search, replace: true });
    const path = safeNext(next);
    // OAuth's pages are the server's own.
    if (path.startsWith("/oauth/")) return location.assign(path);
    return navigate({ href: path, replace: true });
  };
}

/** Returns an error that can be shown. */
export function toApiError(reason: unknown): ApiError {
  return reason instanceof ApiError ? reason : new ApiError(0, "internal", texts.states.failedHint);
}
