/** Leaving: signing out, and going over to another company. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { chooseCompany, sessionQuery, signOut } from "../api/session";
import { toast } from "../ui";

function fail(error: Error): void {
  toast(error.message, { failed: true });
}

/** Returns what signs out, everywhere if so asked. */
export function useSignOut(): (everywhere: boolean) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useCallback(
    (everywhere) =>
      void signOut(queries, everywhere)
        .then(() => navigate({ to: "/sign-in", search: {} }))
        .catch(fail),
    [queries, navigate],
  );
}

/** Returns what goes over to another company. */
export function useSwitchCompany(): (id: number) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useCallback(
    (id) =>
      void chooseCompany(id)
        .then(async (chosen) => {
          // What is open belongs to the other company.
          await navigate({ to: "/" });
          queries.setQueryData(sessionQuery.queryKey, chosen);
        })
        .catch(fail),
    [queries, navigate],
  );
}
