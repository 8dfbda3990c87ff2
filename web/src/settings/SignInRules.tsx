import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { secondFactorQuery } from "../api/secondFactor";
import { changeSignInRules, signInRulesQuery } from "../api/settings";
import { texts } from "../texts";
import { linkClass, Notice, Stack, Switch } from "../ui";
import { Loaded } from "./Loaded";
import { useWork } from "./work";

const t = texts.settingsPages.users;

/** What the company asks of those who sign in. */
export function SignInRules(): ReactNode {
  const query = useQuery(signInRulesQuery);
  const own = useQuery(secondFactorQuery);
  const { busy, run } = useWork();
  const change = (required: boolean): void =>
    run(async () => {
      await changeSignInRules(required);
    }, [signInRulesQuery.queryKey, secondFactorQuery.queryKey]);
  return (
    <Loaded query={query} rows={2}>
      {(rules) => {
        // Admins go ahead, so that they do not lock themselves out.
        const isFirst = own.data?.is_on === false && !rules.second_factor_required;
        return (
          <Stack gap={3} narrow>
            <Switch label={t.required} checked={rules.second_factor_required} disabled={busy || isFirst} onChange={(event) => change(event.target.checked)} />
            <p>{t.requiredHint}</p>
            {isFirst && (
              <Notice
                action={
                  <Link to="/settings/profile" className={linkClass}>
                    {t.toProfile}
                  </Link>
                }
              >
                {t.requiredFirst}
              </Notice>
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}
