import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { RotateCw, Send } from "lucide-react";
import type { ReactNode } from "react";
import { type Delivery, deliveriesQuery, payloadQuery, replay, type WebhookDetails } from "../api/webhooks";
import { texts } from "../texts";
import { Button, Code, CopyButton, Details, Dialog, Empty, Failure, Line, linkClass, RowAction, SkeletonRows, Stack, State, Table, Text, toast } from "../ui";
import { Loaded } from "./Loaded";
import { useTimes } from "./times";
import { useWork } from "./work";

const t = texts.settingsPages.webhooks;
const route = getRouteApi("/shell/settings/webhooks/$id");
const TONES = { delivered: "won", waiting: "due", failed: "lost", lost: "lost" } as const;

const eventOf = (delivery: Delivery): string => `${delivery.object}.${delivery.action}`;

function Outcome({ delivery }: { delivery: Delivery }): ReactNode {
  const { state, http_status: status, attempts } = delivery;
  const isPlain = state === "delivered" || (state === "waiting" && attempts === 0);
  const text = state === "delivered" && status ? String(status) : isPlain || !status ? t.states[state] : `${status}, ${t.states[state].toLowerCase()}`;
  return (
    <span title={delivery.error ?? undefined}>
      <State tone={TONES[state]}>{text}</State>
    </span>
  );
}

function useReplay(hook: WebhookDetails): { busy: boolean; again: (delivery: Delivery) => void } {
  const { busy, run } = useWork();
  const again = (delivery: Delivery): void =>
    run(async () => {
      await replay(delivery.id);
      toast(t.replayed);
    }, [["webhooks", hook.id]]);
  return { busy, again };
}

/** What was sent, and how that went. */
function DeliveryDialog({ delivery, hook, onClose }: { delivery: Delivery; hook: WebhookDetails; onClose: () => void }): ReactNode {
  const payload = useQuery(payloadQuery(delivery.id));
  const { exact } = useTimes();
  const { busy, again } = useReplay(hook);
  return (
    <Dialog
      open
      onClose={onClose}
      title={eventOf(delivery)}
      foot={
        <>
          <Button onClick={onClose}>{texts.actions.close}</Button>
          {hook.is_active && (
            <Button
              tone="primary"
              icon={RotateCw}
              busy={busy}
              onClick={() => {
                again(delivery);
                onClose();
              }}
            >
              {t.replay}
            </Button>
          )}
        </>
      }
    >
      <Stack gap={4}>
        <Details
          items={[
            [t.outcome, <Outcome key="outcome" delivery={delivery} />],
            ...(delivery.error ? [[t.error, delivery.error] as [string, ReactNode]] : []),
            [t.tries, delivery.attempts],
            [t.happened, exact(delivery.event_time)],
            [t.attempted, delivery.attempt_time ? exact(delivery.attempt_time) : texts.settingsPages.never],
            [t.id, <code key="id">{delivery.uuid}</code>],
          ]}
        />
        <Loaded query={payload}>
          {(sent) => {
            const text = sent.payload === null ? null : JSON.stringify(sent.payload, null, 2);
            return text === null ? (
              <Text tone="faint">{sent.reason ?? t.noPayload}</Text>
            ) : (
              <Stack gap={1}>
                <Line between>
                  <Text tone="strong">{t.payload}</Text>
                  <CopyButton text={text} />
                </Line>
                <Code text={text} language="json" label={t.payload} />
              </Stack>
            );
          }}
        </Loaded>
      </Stack>
    </Dialog>
  );
}

/** The deliveries of a webhook, the newest first; one of them is open by its URL. */
export function Deliveries({ hook }: { hook: WebhookDetails }): ReactNode {
  const { state, delivery: openId } = route.useSearch();
  const navigate = useNavigate();
  const { exact } = useTimes();
  const { busy, again } = useReplay(hook);
  const query = useInfiniteQuery({ ...deliveriesQuery(hook.id, state === "all" ? null : state), refetchInterval: 5000 });
  const open = (id: number): void => void navigate({ to: "/settings/webhooks/$id", params: { id: String(hook.id) }, search: { state, delivery: id } });
  if (!query.data) return query.isError ? <Failure error={query.error} onRetry={() => void query.refetch()} /> : <SkeletonRows count={8} />;
  const deliveries = query.data.pages.flatMap((page) => page.items);
  if (deliveries.length === 0)
    return (
      <Empty icon={Send} title={state === "all" ? t.noDeliveries : t.noneLike}>
        {state === "all" && t.noDeliveriesHint}
      </Empty>
    );
  const shown = deliveries.find((one) => one.id === openId);
  return (
    <>
      <Table
        label={t.deliveries}
        rows={deliveries}
        rowKey={(one) => one.id}
        columns={[
          { name: "time", title: t.time, wide: true, cell: (one) => <Text tone="faint">{exact(one.event_time)}</Text> },
          {
            name: "event",
            title: t.event,
            cell: (one) => (
              <button type="button" className={linkClass} aria-label={t.details(eventOf(one))} onClick={() => open(one.id)}>
                <code>{eventOf(one)}</code>
              </button>
            ),
          },
          { name: "record", title: t.record, wide: true, number: true, cell: (one) => one.record_id },
          { name: "outcome", title: t.outcome, cell: (one) => <Outcome delivery={one} /> },
          { name: "tries", title: t.tries, wide: true, number: true, cell: (one) => one.attempts },
          {
            name: "replay",
            title: <span className="visually-hidden">{t.replay}</span>,
            number: true,
            cell: (one) =>
              hook.is_active && one.state !== "waiting" ? (
                <RowAction always={one.state !== "delivered"}>
                  <Button size="small" icon={RotateCw} disabled={busy} aria-label={`${t.replay} ${eventOf(one)} ${one.record_id}`} onClick={() => again(one)}>
                    {t.replay}
                  </Button>
                </RowAction>
              ) : null,
          },
        ]}
      />
      {query.hasNextPage && (
        <Stack gap={4}>
          <Button tone="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t.more}
          </Button>
        </Stack>
      )}
      {shown && <DeliveryDialog delivery={shown} hook={hook} onClose={() => open(0)} />}
    </>
  );
}
