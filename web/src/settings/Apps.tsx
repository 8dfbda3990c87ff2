import { useQuery } from "@tanstack/react-query";
import { AppWindow, Ellipsis, KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useSession } from "../api/session";
import { type AppWithSecret, appsQuery, connectedAppsQuery, deleteApp, type RegisteredApp, renewAppSecret } from "../api/settings";
import { texts } from "../texts";
import { Button, Confirm, Empty, IconButton, Menu, Section, Table, Text, toast } from "../ui";
import { AppDialog } from "./AppDialog";
import { ConnectedApps } from "./ConnectedApps";
import { Loaded } from "./Loaded";
import { Once } from "./Once";
import { SettingsPage } from "./SettingsPage";
import { useTimes } from "./times";
import { useWork } from "./work";

const t = texts.settingsPages.apps;

type Asking = { what: "remove" | "newSecret"; app: RegisteredApp } | null;

function RegisteredApps({ apps, onEdit, onAsk, onAdd }: { apps: RegisteredApp[]; onEdit: (app: RegisteredApp) => void; onAsk: (asking: Asking) => void; onAdd: () => void }): ReactNode {
  const { day } = useTimes();
  if (apps.length === 0)
    return (
      <Empty
        icon={AppWindow}
        title={t.none}
        action={
          <Button icon={Plus} onClick={onAdd}>
            {t.register}
          </Button>
        }
      >
        {t.noneHint}
      </Empty>
    );
  return (
    <Table
      framed
      label={t.registered}
      rows={apps}
      rowKey={(app) => app.id}
      columns={[
        {
          name: "name",
          title: t.name,
          fill: true,
          cell: (app) => (
            <Text tone="strong" title={app.redirect_uris.join("\n")}>
              {app.name}
            </Text>
          ),
        },
        { name: "client", title: t.clientId, wide: true, cell: (app) => <code>{app.client_id}</code> },
        { name: "scopes", title: t.scopes, wide: true, cell: (app) => <span title={app.scopes.join(", ")}>{t.scopeCount(app.scopes.length)}</span> },
        { name: "users", title: t.users, number: true, cell: (app) => app.users },
        { name: "added", title: t.added, wide: true, cell: (app) => day(app.add_time) },
        {
          name: "menu",
          title: <span className="visually-hidden">{texts.settingsPages.title}</span>,
          number: true,
          cell: (app) => (
            <Menu
              trigger={<IconButton icon={Ellipsis} tone="quiet" size="small" label={texts.settingsPages.more(app.name)} />}
              groups={[
                {
                  items: [
                    { label: t.edit, icon: Pencil, onSelect: () => onEdit(app) },
                    { label: t.newSecret, icon: KeyRound, onSelect: () => onAsk({ what: "newSecret", app }) },
                  ],
                },
                { items: [{ label: t.remove, icon: Trash2, danger: true, onSelect: () => onAsk({ what: "remove", app }) }] },
              ]}
            />
          ),
        },
      ]}
    />
  );
}

/** The apps that the company has registered, for its admins. */
function OwnApps({ adding, onAdding }: { adding: boolean; onAdding: (adding: boolean) => void }): ReactNode {
  const query = useQuery(appsQuery);
  const { busy, run } = useWork();
  const [editing, setEditing] = useState<RegisteredApp | null>(null);
  const [asking, setAsking] = useState<Asking>(null);
  const [made, setMade] = useState<AppWithSecret | null>(null);
  const confirm = ({ what, app }: NonNullable<Asking>): void =>
    run(async () => {
      if (what === "newSecret") setMade(await renewAppSecret(app.id));
      else {
        await deleteApp(app.id);
        toast(t.removed(app.name));
      }
      setAsking(null);
    }, [appsQuery.queryKey, connectedAppsQuery.queryKey]);
  return (
    <Section title={t.registered}>
      <Loaded query={query}>{(apps) => <RegisteredApps apps={apps} onEdit={setEditing} onAsk={setAsking} onAdd={() => onAdding(true)} />}</Loaded>
      {(adding || editing) && (
        <AppDialog
          app={editing}
          onClose={() => {
            setEditing(null);
            onAdding(false);
          }}
          onMade={setMade}
        />
      )}
      {asking && (
        <Confirm
          open
          onClose={() => setAsking(null)}
          title={asking.what === "remove" ? t.removeAsk(asking.app.name) : t.newSecretAsk(asking.app.name)}
          action={t[asking.what]}
          busy={busy}
          onConfirm={() => confirm(asking)}
        >
          {asking.what === "remove" ? t.removeHint : t.newSecretHint}
        </Confirm>
      )}
      {made && (
        <Once
          title={t.secretTitle(made.name)}
          hint={t.secretHint}
          values={[
            [t.clientId, made.client_id],
            [t.secret, made.client_secret],
          ]}
          kept={t.kept}
          done={t.done}
          onDone={() => setMade(null)}
        />
      )}
    </Section>
  );
}

/** Apps by OAuth: those of the company, and those that have access. */
export function Apps(): ReactNode {
  const { user } = useSession();
  const [adding, setAdding] = useState(false);
  return (
    <SettingsPage
      page="/settings/apps"
      end={
        user.is_account_admin && (
          <Button tone="primary" icon={Plus} onClick={() => setAdding(true)}>
            {t.register}
          </Button>
        )
      }
    >
      {user.is_account_admin && <OwnApps adding={adding} onAdding={setAdding} />}
      <Section title={t.connected}>
        <ConnectedApps />
      </Section>
    </SettingsPage>
  );
}
