import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Session } from "../api/client";
import { chooseCompany, sessionQuery, useHasEnded, useSession } from "../api/session";
import { texts } from "../texts";
import { Dialog } from "../ui";
import { CredentialsForm } from "./CredentialsForm";

/** Asks to sign in again where the session has ended while a page is open; the page keeps what was typed in it. */
export function SessionEnded(): ReactNode {
  const { user, company } = useSession();
  const queries = useQueryClient();
  const hasEnded = useHasEnded();
  const goOn = async (session: Session): Promise<void> => {
    const isOther = session.company?.id !== company.id && session.companies.some(({ id }) => id === company.id);
    const chosen = isOther ? await chooseCompany(company.id) : session;
    // Nothing on the page is another person's to see.
    if (chosen.user?.id !== user.id || chosen.company?.id !== company.id) location.assign("/");
    queries.setQueryData(sessionQuery.queryKey, chosen);
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
  };
  return (
    <Dialog open={hasEnded} title={texts.signIn.ended} onClose={() => location.assign("/sign-in")}>
      <p>{texts.signIn.endedHint}</p>
      <CredentialsForm key={String(hasEnded)} email={user.email} onSignedIn={goOn} />
    </Dialog>
  );
}
