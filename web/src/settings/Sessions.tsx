import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { signOut } from "../api/session";
import { endSession, type ListedSession, sessionsQuery } from "../api/settings";
import { texts } from "../texts";
import { Button, Confirm, Line, Section, Table, Tag, Text, toast } from "../ui";
import { browserName } from "./browsers";
import { Loaded } from "./Loaded";
import { useTimes } from "./times";
import { useWork } from "./work";

const t = texts.settingsPages.sessions;

/** The browsers in which one is signed in, and the way out of all of them. */
export function Sessions(): ReactNode {
  const query = useQuery(sessionsQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { time } = useTimes();
  const work = useWork();
  const [asks, setAsks] = useState(false);
  const end = (session: ListedSession): void =>
    work.run(async () => {
      await endSession(session.id);
      toast(t.ended);
    }, [sessionsQuery.queryKey]);
  const leave = (): void =>
    work.run(async () => {
      await signOut(queries, true);
      await navigate({ to: "/sign-in", search: {} });
    });
  return (
    <Section
      title={t.title}
      end={
        <Button tone="dangerQuiet" onClick={() => setAsks(true)}>
          {t.everywhere}
        </Button>
      }
    >
      <Loaded query={query}>
        {(sessions) => (
          <Table
            framed
            label={t.title}
            rows={sessions}
            rowKey={(session) => session.id}
            columns={[
              {
                name: "browser",
                title: t.browser,
                fill: true,
                cell: (session) => (
                  <Line>
                    <Text tone="strong" title={session.user_agent ?? ""}>
                      {browserName(session.user_agent)}
                    </Text>
                    {session.is_current && <Tag tone="accent">{t.current}</Tag>}
                  </Line>
                ),
              },
              { name: "address", title: t.address, wide: true, cell: (session) => session.address },
              { name: "since", title: t.since, wide: true, cell: (session) => time(session.add_time) },
              { name: "until", title: t.until, wide: true, cell: (session) => time(session.expires_at) },
              {
                name: "end",
                title: <span className="visually-hidden">{t.end}</span>,
                number: true,
                cell: (session) =>
                  session.is_current ? null : (
                    <Button size="small" aria-label={t.endThis(browserName(session.user_agent))} onClick={() => end(session)}>
                      {t.end}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <Confirm open={asks} onClose={() => setAsks(false)} title={t.everywhereAsk} action={t.everywhere} busy={work.busy} onConfirm={leave}>
        {t.everywhereHint}
      </Confirm>
    </Section>
  );
}
