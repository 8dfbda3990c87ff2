import { useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useSession } from "../api/session";
import { appsQuery, type ConnectedApp, connectedAppsQuery, revokeAccess } from "../api/settings";
import { texts } from "../texts";
import { Button, Confirm, Empty, Table, Text, toast } from "../ui";
import { Loaded } from "./Loaded";
import { useTimes } from "./times";
import { useWork } from "./work";

const t = texts.settingsPages.apps;

/** The apps that have access, and for whom; admins see those of all users. */
export function ConnectedApps(): ReactNode {
  const { user } = useSession();
  const query = useQuery(connectedAppsQuery);
  const { day } = useTimes();
  const { busy, run } = useWork();
  const [leaving, setLeaving] = useState<ConnectedApp | null>(null);
  const revoke = (one: ConnectedApp): void =>
    run(async () => {
      const { was_told: wasTold } = await revokeAccess(one.user.id, one.app_id);
      setLeaving(null);
      toast(wasTold ? t.revoked(one.name) : t.revokedUntold(one.name));
    }, [connectedAppsQuery.queryKey, ...(user.is_account_admin ? [appsQuery.queryKey] : [])]);
  return (
    <>
      <Loaded query={query}>
        {(connected) =>
          connected.length === 0 ? (
            <Empty icon={ShieldCheck} title={t.noConnected}>
              {t.noConnectedHint}
            </Empty>
          ) : (
            <Table
              framed
              label={t.connected}
              rows={connected}
              rowKey={(one) => `${one.app_id}/${one.user.id}`}
              columns={[
                { name: "app", title: t.app, fill: true, cell: (one) => <Text tone="strong">{one.name}</Text> },
                { name: "user", title: t.user, cell: (one) => (one.is_you ? `${one.user.name} (${texts.settingsPages.you})` : one.user.name) },
                { name: "scopes", title: t.scopes, wide: true, cell: (one) => <span title={one.scopes.join(", ")}>{t.scopeCount(one.scopes.length)}</span> },
                { name: "since", title: t.since, wide: true, cell: (one) => day(one.add_time) },
                { name: "until", title: t.until, wide: true, cell: (one) => day(one.expires_at) },
                {
                  name: "revoke",
                  title: <span className="visually-hidden">{t.revoke}</span>,
                  number: true,
                  cell: (one) => (
                    <Button size="small" aria-label={t.revokeAsk(one.name)} onClick={() => setLeaving(one)}>
                      {t.revoke}
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {leaving && (
        <Confirm open onClose={() => setLeaving(null)} title={t.revokeAsk(leaving.name)} action={t.revoke} busy={busy} onConfirm={() => revoke(leaving)}>
          {t.revokeHint}
        </Confirm>
      )}
    </>
  );
}
