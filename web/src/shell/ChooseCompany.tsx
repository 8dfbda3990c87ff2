import { getRouteApi } from "@tanstack/react-router";
import { Building2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { ApiError } from "../api/client";
import { chooseCompany, useSession } from "../api/session";
import { texts } from "../texts";
import { Notice, OptionList, Stack } from "../ui";
import { toApiError, useEnter } from "./entering";
import { SignInFrame } from "./SignInFrame";

const route = getRouteApi("/sign-in/company");

/** For who belongs to several companies: in which one to work. */
export function ChooseCompany(): ReactNode {
  const session = useSession();
  const { next } = route.useSearch();
  const enter = useEnter(next);
  const [error, setError] = useState<ApiError | null>(null);
  const choose = (id: number): void => {
    setError(null);
    chooseCompany(id)
      .then((chosen) => enter(chosen, "chosen"))
      .catch((reason: unknown) => setError(toApiError(reason)));
  };
  return (
    <SignInFrame title={texts.signIn.chooseCompany} lead={session.user.email} hint={texts.signIn.chooseCompanyHint}>
      <Stack gap={4}>
        {error && <Notice tone="lost">{error.message}</Notice>}
        <OptionList
          label={texts.signIn.chooseCompany}
          options={session.companies.map(({ id, name }) => ({
            key: id,
            icon: Building2,
            title: name,
            hint: id === session.company.id ? texts.signIn.lastCompany : "",
            onSelect: () => choose(id),
          }))}
        />
      </Stack>
    </SignInFrame>
  );
}
