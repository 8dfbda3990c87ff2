import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Ellipsis, RotateCw, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { deleteWebhook, replayAll, type WebhookDetails, webhookQuery, webhooksQuery } from "../api/webhooks";
import { texts } from "../texts";
import { Button, Confirm, Figures, IconButton, Inset, Menu, Notice, Select, Text, ToolBar, toast } from "../ui";
import { Deliveries } from "./Deliveries";
import { Loaded } from "./Loaded";
import { Permitted, SettingsPage } from "./SettingsPage";
import { useTimes } from "./times";
import { eventsOf, titleOf, WebhookState } from "./Webhooks";
import { useWork } from "./work";

const t = texts.settingsPages.webhooks;
const route = getRouteApi("/shell/settings/webhooks/$id");

/** What stands in the way of a webhook. */
function Trouble({ hook }: { hook: WebhookDetails }): ReactNode {
  const { time } = useTimes();
  if (!hook.is_active) return <Notice tone="lost">{t.offBecause(hook.remove_reason ?? "")}</Notice>;
  if (hook.banned_until) return <Notice tone="lost">{t.bannedUntil(time(hook.banned_until))}</Notice>;
  return hook.failing_since ? <Notice tone="due">{t.failingSince(time(hook.failing_since))}</Notice> : null;
}

function Summary({ hook }: { hook: WebhookDetails }): ReactNode {
  const { delivered, waiting, failed, lost } = hook.deliveries;
  const all = (delivered + waiting + failed + lost).toLocaleString();
  return (
    <Figures
      items={[
        [
          t.delivered,
          <>
            {delivered.toLocaleString()} <Text tone="faint">{t.of(all)}</Text>
          </>,
        ],
        [t.waiting, waiting.toLocaleString()],
        [t.failed, failed.toLocaleString()],
        [t.lost, lost.toLocaleString()],
        [t.events, <code key="events">{eventsOf(hook)}</code>],
        [t.user, hook.user.name],
      ]}
    />
  );
}

function Bar({ hook }: { hook: WebhookDetails }): ReactNode {
  const { state } = route.useSearch();
  const navigate = useNavigate();
  const { busy, run } = useWork();
  const again = (): void =>
    run(async () => {
      const { count } = await replayAll(hook.id);
      toast(t.replayedAll(count));
    }, [webhookQuery(hook.id).queryKey]);
  return (
    <ToolBar>
      <Select
        inBar
        label={t.outcome}
        value={state}
        options={[{ value: "all" as const, label: t.anyState }, ...(["delivered", "waiting", "failed", "lost"] as const).map((value) => ({ value, label: t.states[value] }))]}
        onChange={(chosen) => void navigate({ to: "/settings/webhooks/$id", params: { id: String(hook.id) }, search: { state: chosen }, replace: true })}
      />
      {hook.repeatable > 0 && (
        <Button icon={RotateCw} busy={busy} onClick={again}>
          {t.replayAll(hook.repeatable)}
        </Button>
      )}
    </ToolBar>
  );
}

function OneWebhook(): ReactNode {
  const id = Number(route.useParams().id);
  const query = useQuery({ ...webhookQuery(id), refetchInterval: 5000 });
  const navigate = useNavigate();
  const { busy, run } = useWork();
  const [asks, setAsks] = useState(false);
  const remove = (): void =>
    run(async () => {
      await deleteWebhook(id);
      toast(t.removed);
      await navigate({ to: "/settings/webhooks" });
    }, [webhooksQuery.queryKey]);
  return (
    <SettingsPage
      page="/settings/webhooks"
      title={query.data ? titleOf(query.data) : t.title}
      after={query.data && <WebhookState hook={query.data} />}
      bare
      end={
        query.data && (
          <Menu
            trigger={<IconButton icon={Ellipsis} label={texts.settingsPages.more(titleOf(query.data))} />}
            groups={[{ items: [{ label: t.remove, icon: Trash2, danger: true, onSelect: () => setAsks(true) }] }]}
          />
        )
      }
    >
      <Loaded query={query} rows={8}>
        {(hook) => (
          <>
            <Summary hook={hook} />
            <Inset>
              <Trouble hook={hook} />
            </Inset>
            <Bar hook={hook} />
            <Deliveries hook={hook} />
          </>
        )}
      </Loaded>
      <Confirm open={asks} onClose={() => setAsks(false)} title={t.removeAsk} action={t.remove} busy={busy} onConfirm={remove}>
        {t.removeHint}
      </Confirm>
    </SettingsPage>
  );
}

/** A webhook with its deliveries. */
export function WebhookPage(): ReactNode {
  return (
    <Permitted page="/settings/webhooks">
      <OneWebhook />
    </Permitted>
  );
}
