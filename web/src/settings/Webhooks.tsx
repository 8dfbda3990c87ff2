import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Webhook as WebhookIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useSession } from "../api/session";
import { type Webhook, webhooksQuery } from "../api/webhooks";
import { texts } from "../texts";
import { Button, Empty, linkClass, State, Table, Text } from "../ui";
import { Loaded } from "./Loaded";
import { Permitted, SettingsPage } from "./SettingsPage";
import { useTimes } from "./times";
import { WebhookDialog } from "./WebhookDialog";

const t = texts.settingsPages.webhooks;

/** Whether a webhook sends, and how it goes. */
export function WebhookState({ hook }: { hook: Webhook }): ReactNode {
  if (!hook.is_active) return <State tone="none">{t.off}</State>;
  if (hook.banned_until) return <State tone="lost">{t.banned}</State>;
  return <State tone={hook.failing_since ? "due" : "won"}>{hook.failing_since ? t.failing : t.on}</State>;
}

/** Returns what people call a webhook: its name, or where it leads. */
export function titleOf(hook: Webhook): string {
  return hook.name || hook.url.replace(/^https?:\/\//, "");
}

/** Returns which events a webhook is about, as they are called on the wire. */
export function eventsOf(hook: Webhook): string {
  return hook.event_object === "*" && hook.event_action === "*" ? t.allEvents : `${hook.event_object}.${hook.event_action}`;
}

function WebhookList(): ReactNode {
  const { user } = useSession();
  const query = useQuery(webhooksQuery);
  const { time } = useTimes();
  const [adding, setAdding] = useState(false);
  const add = (
    <Button tone="primary" icon={Plus} onClick={() => setAdding(true)}>
      {t.add}
    </Button>
  );
  return (
    <SettingsPage page="/settings/webhooks" bare end={query.data?.length === 0 ? null : add}>
      <Loaded query={query}>
        {(hooks) =>
          hooks.length === 0 ? (
            <Empty icon={WebhookIcon} title={t.none} action={add}>
              {t.noneHint}
            </Empty>
          ) : (
            <Table
              label={t.title}
              rows={hooks}
              rowKey={(hook) => hook.id}
              columns={[
                {
                  name: "address",
                  title: t.address,
                  fill: true,
                  cell: (hook) => (
                    <Link to="/settings/webhooks/$id" params={{ id: String(hook.id) }} search={{}} className={linkClass} title={hook.url}>
                      {titleOf(hook)}
                    </Link>
                  ),
                },
                { name: "events", title: t.events, wide: true, cell: (hook) => <code>{eventsOf(hook)}</code> },
                { name: "user", title: t.user, wide: true, cell: (hook) => (hook.user.id === user.id ? <Text tone="faint">{texts.settingsPages.you}</Text> : hook.user.name) },
                { name: "state", title: t.state, cell: (hook) => <WebhookState hook={hook} /> },
                {
                  name: "last",
                  title: t.last,
                  wide: true,
                  cell: (hook) => (hook.last_delivery_time ? `${hook.last_http_status ?? t.noAnswer}, ${time(hook.last_delivery_time)}` : <Text tone="faint">{texts.settingsPages.never}</Text>),
                },
              ]}
            />
          )
        }
      </Loaded>
      {adding && <WebhookDialog onClose={() => setAdding(false)} />}
    </SettingsPage>
  );
}

/** The webhooks: one's own, and for admins those of all users. */
export function Webhooks(): ReactNode {
  return (
    <Permitted page="/settings/webhooks">
      <WebhookList />
    </Permitted>
  );
}
