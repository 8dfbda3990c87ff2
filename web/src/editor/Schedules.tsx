import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Clock, Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { changeSchedule, deleteSchedule, type ScriptDetails, type ScriptSchedule, schedulesQuery } from "../api/editor";
import { useSession } from "../api/session";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { Button, Confirm, Details, Dialog, Empty, Failure, FieldGroup, IconButton, Line, linkClass, Menu, Notice, SkeletonRows, Stack, State, Switch, toast } from "../ui";
import { OutcomeState, RunLink } from "./Outcome";
import { ScheduleForm } from "./ScheduleForm";
import { whenOf } from "./times";

const t = texts.schedules;

const onError = (error: Error): void => toast(error.message, { failed: true });

interface OneProps {
  schedule: ScriptSchedule;
  /** Whether the name of its script stands there. */
  named: boolean;
  onEdit: () => void;
  onFollow: () => void;
}

/** A schedule: when it runs, how it went last, and whether it is on. */
function One({ schedule, named, onEdit, onFollow }: OneProps): ReactNode {
  const formats = useFormats();
  const queries = useQueryClient();
  const { user } = useSession();
  const [asks, setAsks] = useState(false);
  const read = (): void => void queries.invalidateQueries({ queryKey: ["schedules"] });
  const change = useMutation({ mutationFn: (isOn: boolean) => changeSchedule(schedule.id, { is_on: isOn }), onSuccess: read, onError });
  const remove = useMutation({
    mutationFn: () => deleteSchedule(schedule.id),
    onSuccess: () => {
      setAsks(false);
      toast(t.deleted);
      read();
    },
    onError,
  });
  const { last_run: last } = schedule;
  const isOwn = schedule.can_change;
  const mayEnd = isOwn || user.is_account_admin;
  const facts: [ReactNode, ReactNode][] = [
    ...(named
      ? [
          [
            t.script,
            <Link key="script" to="/editor/$id" params={{ id: String(schedule.script_id) }} className={linkClass} onClick={onFollow}>
              {schedule.script_name}
            </Link>,
          ] as [ReactNode, ReactNode],
        ]
      : []),
    ...(schedule.cron === null ? [] : [[t.zone, schedule.time_zone] as [ReactNode, ReactNode]]),
    [t.next, schedule.next_time ? formats.moment(schedule.next_time) : <State tone="due">{schedule.off_reason ? t.offReasons[schedule.off_reason] : t.offReasons.switched_off}</State>],
    [
      t.last,
      last ? (
        <RunLink scriptId={schedule.script_id} runId={last.id} className={linkClass} onClick={onFollow}>
          {formats.recent(last.time)} <OutcomeState status={last.outcome ? "ended" : "running"} outcome={last.outcome} />
        </RunLink>
      ) : (
        t.never
      ),
    ],
    [t.access, [t.accesses[schedule.access], schedule.version === null ? t.latest : texts.editorPage.version(schedule.version), !isOwn && t.asUser(schedule.user.name)].filter(Boolean).join(" · ")],
  ];
  const when = whenOf(schedule);
  return (
    <FieldGroup
      label={when}
      end={
        <Line>
          <Switch label={<span className="visually-hidden">{`${t.on}: ${when}`}</span>} checked={schedule.is_on} disabled={change.isPending || !(isOwn || (mayEnd && schedule.is_on))} onChange={(event) => change.mutate(event.target.checked)} />
          {mayEnd && (
            <Menu
              trigger={<IconButton icon={Ellipsis} tone="quiet" size="small" label={t.options} />}
              groups={[{ items: [...(isOwn ? [{ label: t.edit, icon: Pencil, onSelect: onEdit }] : []), { label: t.delete, icon: Trash2, danger: true, onSelect: () => setAsks(true) }] }]}
            />
          )}
        </Line>
      }
    >
      <Details items={facts} />
      <Confirm open={asks} onClose={() => setAsks(false)} title={t.deleteAsk} action={t.delete} busy={remove.isPending} onConfirm={() => remove.mutate()}>
        <p>{t.deleteHint}</p>
      </Confirm>
    </FieldGroup>
  );
}

/** The schedules of a script, or those of all where none is open. */
export function Schedules({ script, onClose }: { script: ScriptDetails | null; onClose: () => void }): ReactNode {
  const { data, error, refetch } = useQuery({ ...schedulesQuery, refetchInterval: 5000 });
  const [form, setForm] = useState<ScriptSchedule | "new" | null>(null);
  const shown = data?.filter((one) => script === null || one.script_id === script.id);
  const edited = form === "new" ? null : form;
  const of = script ?? (edited && { id: edited.script_id, version: edited.version ?? 0, can_change: edited.version === null });
  return (
    <Dialog
      open
      onClose={onClose}
      title={script ? t.of(script.name) : t.title}
      foot={
        script && (
          <Button size="form" tone="primary" icon={Plus} onClick={() => setForm("new")}>
            {t.add}
          </Button>
        )
      }
    >
      {shown ? (
        shown.length > 0 ? (
          <Stack gap={3}>
            {shown.map((one) => (
              <One key={one.id} schedule={one} named={script === null} onEdit={() => setForm(one)} onFollow={onClose} />
            ))}
          </Stack>
        ) : (
          <Empty icon={Clock} title={script ? t.none : t.nowhere}>
            {t.noneHint}
          </Empty>
        )
      ) : error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows count={3} />
      )}
      {!script && <Notice>{t.saveFirst}</Notice>}
      {form && of && <ScheduleForm script={of} schedule={edited} onClose={() => setForm(null)} />}
    </Dialog>
  );
}
