import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useSession } from "../api/session";
import { type ApiToken, makeToken, revokeToken, tokensQuery } from "../api/settings";
import { texts } from "../texts";
import { Button, Code, Confirm, Line, Notice, Section, Stack, State, Table, Text, toast } from "../ui";
import { Loaded } from "./Loaded";
import { Once } from "./Once";
import { SettingsPage } from "./SettingsPage";
import { useTimes } from "./times";
import { useWork } from "./work";

const t = texts.settingsPages.tokens;

function OwnToken({ token, onRevoke }: { token: ApiToken | undefined; onRevoke: (token: ApiToken) => void }): ReactNode {
  const { user } = useSession();
  const { time } = useTimes();
  const { busy, run } = useWork();
  const [asks, setAsks] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const make = (): void =>
    run(async () => {
      setMade(await makeToken());
      setAsks(false);
    }, [tokensQuery.queryKey]);
  const state = token ? (token.add_time ? t.exists(time(token.add_time)) : t.existsSince) : t.none;
  return (
    <Stack gap={3} narrow>
      <p>{t.ownHint}</p>
      <State tone={token ? "won" : "none"}>{state}</State>
      {!user.permissions.includes("can_use_api") ? (
        <Notice>{t.mayNot}</Notice>
      ) : (
        <Line wrap>
          <Button size="form" tone={token ? "plain" : "primary"} busy={busy && !asks} onClick={() => (token ? setAsks(true) : make())}>
            {token ? t.renew : t.make}
          </Button>
          {token && (
            <Button size="form" tone="dangerQuiet" onClick={() => onRevoke(token)}>
              {t.revoke}
            </Button>
          )}
        </Line>
      )}
      <Stack gap={1}>
        <Text tone="faint" small>
          {t.header}
        </Text>
        <Code text={`curl -H "x-api-token: …" ${location.origin}/v1/users/me`} language="text" wrap label={t.header} />
      </Stack>
      <Confirm open={asks} onClose={() => setAsks(false)} title={t.renewAsk} action={t.renew} busy={busy} onConfirm={make}>
        {t.renewHint}
      </Confirm>
      {made && <Once title={t.made} hint={t.madeHint} values={[[t.made, made]]} kept={t.kept} done={t.done} onDone={() => setMade(null)} />}
    </Stack>
  );
}

/** API tokens: one's own, and as an admin those of all users. */
export function Tokens(): ReactNode {
  const { user } = useSession();
  const query = useQuery(tokensQuery);
  const { time } = useTimes();
  const { busy, run } = useWork();
  const [leaving, setLeaving] = useState<ApiToken | null>(null);
  const revoke = (token: ApiToken): void =>
    run(async () => {
      await revokeToken(token.user.id);
      setLeaving(null);
      toast(t.revoked);
    }, [tokensQuery.queryKey]);
  return (
    <SettingsPage page="/settings/tokens">
      <Loaded query={query}>
        {(tokens) => (
          <>
            <Section title={t.own}>
              <OwnToken token={tokens.find((one) => one.is_you)} onRevoke={setLeaving} />
            </Section>
            {user.is_account_admin && tokens.some((one) => !one.is_you) && (
              <Section title={t.others}>
                <Table
                  framed
                  label={t.others}
                  rows={tokens}
                  rowKey={(token) => token.user.id}
                  columns={[
                    { name: "user", title: t.user, fill: true, cell: (token) => <Text tone="strong">{token.is_you ? `${token.user.name} (${texts.settingsPages.you})` : token.user.name}</Text> },
                    { name: "added", title: t.added, wide: true, cell: (token) => (token.add_time ? time(token.add_time) : t.unknown) },
                    {
                      name: "revoke",
                      title: <span className="visually-hidden">{t.revoke}</span>,
                      number: true,
                      cell: (token) => (
                        <Button size="small" aria-label={t.revokeAsk(token.user.name)} onClick={() => setLeaving(token)}>
                          {t.revoke}
                        </Button>
                      ),
                    },
                  ]}
                />
              </Section>
            )}
          </>
        )}
      </Loaded>
      {leaving && (
        <Confirm open onClose={() => setLeaving(null)} title={t.revokeAsk(leaving.user.name)} action={t.revoke} busy={busy} onConfirm={() => revoke(leaving)}>
          {t.revokeHint}
        </Confirm>
      )}
    </SettingsPage>
  );
}
