import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from "react";
import type { ApiError } from "../api/client";
import { sessionQuery, signInByLink } from "../api/session";
import { texts } from "../texts";
import { Notice, Spinner, Stack } from "../ui";
import { CredentialsForm } from "./CredentialsForm";
import { toApiError, useEnter } from "./entering";
import { SignInFrame } from "./SignInFrame";

const route = getRouteApi("/sign-in/");
const t = texts.signIn;

/** Uses a one-time link once, also where effects run twice; returns why it did not work. */
function useLink(token: string | undefined, next: string | undefined): { busy: boolean; awaitsCode: boolean; error: ApiError | null } {
  const enter = useEnter(next);
  const [state, setState] = useState<{ busy: boolean; awaitsCode: boolean; error: ApiError | null }>({ busy: Boolean(token), awaitsCode: false, error: null });
  const used = useRef<string>(undefined);
  const use = useEffectEvent(async (link: string) => {
    try {
      await enter(await signInByLink(link));
    } catch (reason) {
      const error = toApiError(reason);
      const awaitsCode = error.code === "second_factor";
      setState({ busy: false, awaitsCode, error: awaitsCode ? null : error });
    }
  });
  useEffect(() => {
    if (!token || used.current === token) return;
    used.current = token;
    void use(token);
  }, [token]);
  return state;
}

/** The way in: e-mail and password, a code where a second factor is on, or a one-time link. */
export function SignIn(): ReactNode {
  const { token, next } = route.useSearch();
  const enter = useEnter(next);
  const { data: session } = useQuery(sessionQuery);
  const link = useLink(token, next);
  const awaitsCode = link.awaitsCode || Boolean(session?.sign_in.second_factor);
  return (
    <SignInFrame
      title={awaitsCode ? t.secondFactor : t.title}
      hint={
        !awaitsCode && (
          <>
            {t.firstStart} <code>dealwright sign-in</code>
          </>
        )
      }
    >
      {link.busy ? (
        <Spinner label={t.byLink} />
      ) : (
        <Stack gap={4}>
          {link.error && <Notice tone={link.error.status === 410 ? "due" : "lost"}>{link.error.status === 410 ? t.linkUsed : link.error.message}</Notice>}
          <CredentialsForm key={String(link.awaitsCode)} awaitsCode={awaitsCode} onSignedIn={enter} />
        </Stack>
      )}
    </SignInFrame>
  );
}
