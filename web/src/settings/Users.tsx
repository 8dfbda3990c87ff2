import { useQuery } from "@tanstack/react-query";
import { Ellipsis, KeyRound, LogOut, Plus, ShieldOff, UserRoundCheck, UserRoundX } from "lucide-react";
import { type ReactNode, useState } from "react";
import { activateUser, endSessionsOf, type Invitation, inviteAgain, removeSecondFactorOf, type UserAccount, usersQuery } from "../api/settings";
import { texts } from "../texts";
import { Button, Confirm, IconButton, Menu, Section, State, Table, Text, toast } from "../ui";
import { InvitationLink, InviteDialog } from "./Invitations";
import { Loaded } from "./Loaded";
import { Permitted, SettingsPage } from "./SettingsPage";
import { SignInRules } from "./SignInRules";
import { UserName } from "./UserName";
import { useWork } from "./work";

const t = texts.settingsPages.users;

function UserState({ user }: { user: UserAccount }): ReactNode {
  if (!user.is_active) return <State tone="none">{t.off}</State>;
  if (user.has_password) return <State tone="won">{t.active}</State>;
  return <State tone="due">{user.has_joined ? t.noPassword : t.invited}</State>;
}

type Asking = { what: "deactivate" | "removeFactor"; user: UserAccount } | null;

/** What an admin can do for a user. */
function UserMenu({ user, onLink, onAsk }: { user: UserAccount; onLink: () => void; onAsk: (what: NonNullable<Asking>["what"]) => void }): ReactNode {
  const { run } = useWork();
  const items = [];
  if (user.is_active) items.push({ label: user.has_password ? t.reset : t.link, icon: KeyRound, onSelect: onLink });
  if (user.sessions > 0)
    items.push({
      label: t.endSessions,
      icon: LogOut,
      onSelect: () =>
        run(async () => {
          await endSessionsOf(user.id);
          toast(t.sessionsEnded(user.name));
        }, [usersQuery.queryKey]),
    });
  if (user.has_second_factor) items.push({ label: t.removeFactor, icon: ShieldOff, onSelect: () => onAsk("removeFactor") });
  const activation = user.is_active
    ? { label: t.deactivate, icon: UserRoundX, danger: true, onSelect: () => onAsk("deactivate") }
    : {
        label: t.activate,
        icon: UserRoundCheck,
        onSelect: () =>
          run(async () => {
            await activateUser(user.id, true);
            toast(t.activated(user.name));
          }, [usersQuery.queryKey]),
      };
  // Nobody deactivates oneself.
  const groups = [{ items }, ...(user.is_you ? [] : [{ items: [activation] }])].filter((group) => group.items.length > 0);
  return <Menu trigger={<IconButton icon={Ellipsis} tone="quiet" size="small" label={texts.settingsPages.more(user.name)} />} groups={groups} />;
}

/** Asks before what ends someone's access. */
function Question({ asking, onClose }: { asking: NonNullable<Asking>; onClose: () => void }): ReactNode {
  const { busy, run } = useWork();
  const { what, user } = asking;
  const confirm = (): void =>
    run(async () => {
      await (what === "deactivate" ? activateUser(user.id, false) : removeSecondFactorOf(user.id));
      onClose();
      toast(what === "deactivate" ? t.deactivated(user.name) : t.factorRemoved(user.name));
    }, [usersQuery.queryKey]);
  return (
    <Confirm open onClose={onClose} title={what === "deactivate" ? t.deactivateAsk(user.name) : t.removeFactorAsk(user.name)} action={t[what]} busy={busy} onConfirm={confirm}>
      {what === "deactivate" ? t.deactivateHint : t.removeFactorHint}
    </Confirm>
  );
}

function UsersPage(): ReactNode {
  const query = useQuery(usersQuery);
  const { run } = useWork();
  const [adding, setAdding] = useState(false);
  const [asking, setAsking] = useState<Asking>(null);
  const [link, setLink] = useState<{ name: string; invitation: Invitation } | null>(null);
  const makeLink = (user: UserAccount): void => run(async () => setLink({ name: user.name, invitation: await inviteAgain(user.id) }));
  return (
    <SettingsPage
      page="/settings/users"
      end={
        <Button tone="primary" icon={Plus} onClick={() => setAdding(true)}>
          {t.add}
        </Button>
      }
    >
      <Section title={t.rules}>
        <SignInRules />
      </Section>
      <Section title={t.all}>
        <Loaded query={query} rows={8}>
          {(users) => (
            <Table
              framed
              label={t.all}
              rows={users}
              rowKey={(user) => user.id}
              columns={[
                {
                  name: "name",
                  title: t.name,
                  fill: true,
                  cell: (user) => <UserName user={user} />,
                },
                { name: "email", title: t.email, wide: true, cell: (user) => user.email },
                { name: "state", title: t.state, cell: (user) => <UserState user={user} /> },
                { name: "factor", title: t.factor, wide: true, cell: (user) => (user.has_second_factor ? t.on : <Text tone="faint">{t.none}</Text>) },
                { name: "sessions", title: t.sessions, wide: true, number: true, cell: (user) => user.sessions },
                {
                  name: "menu",
                  title: <span className="visually-hidden">{texts.settingsPages.title}</span>,
                  number: true,
                  cell: (user) => <UserMenu user={user} onLink={() => makeLink(user)} onAsk={(what) => setAsking({ what, user })} />,
                },
              ]}
            />
          )}
        </Loaded>
      </Section>
      {adding && (
        <InviteDialog
          onClose={() => setAdding(false)}
          onInvited={(name, invitation) => {
            setAdding(false);
            setLink({ name, invitation });
          }}
        />
      )}
      {asking && <Question asking={asking} onClose={() => setAsking(null)} />}
      {link && <InvitationLink name={link.name} invitation={link.invitation} onClose={() => setLink(null)} />}
    </SettingsPage>
  );
}

/** The users of the company, and what it asks of those who sign in. */
export function Users(): ReactNode {
  return (
    <Permitted page="/settings/users">
      <UsersPage />
    </Permitted>
  );
}
