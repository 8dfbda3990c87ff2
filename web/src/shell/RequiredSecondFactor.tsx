import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { sessionQuery, signOut, useSession } from "../api/session";
import { texts } from "../texts";
import { linkClass, toast } from "../ui";
import { toApiError, useEnter } from "./entering";
import { SecondFactorSetup } from "./SecondFactorSetup";
import { SignInFrame } from "./SignInFrame";

const route = getRouteApi("/sign-in/second-factor");

function fail(reason: unknown): void {
  toast(toApiError(reason).message, { failed: true });
}

/** Before anything else is open to somebody whose company asks for a second factor. */
export function RequiredSecondFactor(): ReactNode {
  const session = useSession();
  const { next } = route.useSearch();
  const enter = useEnter(next);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const goOn = (): void => void queries.fetchQuery({ ...sessionQuery, staleTime: 0 }).then(enter).catch(fail);
  const leave = (): void =>
    void signOut(queries)
      .then(() => navigate({ to: "/sign-in", search: {} }))
      .catch(fail);
  return (
    <SignInFrame
      title={texts.secondFactor.title}
      lead={texts.secondFactor.required(session.company.name)}
      hint={
        <button type="button" className={linkClass} onClick={leave}>
          {texts.signIn.otherAccount}
        </button>
      }
    >
      <SecondFactorSetup onDone={goOn} />
    </SignInFrame>
  );
}
