import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { addSchedule, changeSchedule, type ScriptAccess, type ScriptDetails, type ScriptSchedule } from "../api/editor";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { Combobox, Field, FormDialog, Input, type Option, Select, Stack, toast } from "../ui";
import { DEFAULT, readWhen, type Rhythm, type When, writeWhen } from "./times";

const t = texts.schedules;

const RHYTHMS: Option<Rhythm>[] = [
  { value: "every", label: t.every },
  { value: "daily", label: t.daily },
  { value: "weekdays", label: t.weekdays },
  { value: "weekly", label: t.weekly },
  { value: "monthly", label: t.monthly },
  { value: "cron", label: t.cron },
];

const ACCESSES: Option<ScriptAccess>[] = (["all", "read"] as const).map((value) => ({ value, label: t.accesses[value] }));
// A week begins on Monday here, as in most places where this is used.
const WEEKDAYS: Option<number>[] = [1, 2, 3, 4, 5, 6, 0].map((value) => ({ value, label: t.days[value] ?? "" }));
const LATEST = 0;

/** Returns the time zones that the browser knows, and those that are in use. */
function zones(...used: string[]): Option[] {
  return [...new Set(["UTC", ...used, ...Intl.supportedValuesOf("timeZone")])].toSorted().map((value) => ({ value, label: value }));
}

/** When a schedule runs: a rhythm, and what belongs to it. */
function WhenFields({ when, onChange, fault }: { when: When; onChange: (change: Partial<When>) => void; fault: (name: string) => string | undefined }): ReactNode {
  const { rhythm } = when;
  return (
    <>
      <Field label={t.when}>
        <Select options={RHYTHMS} value={rhythm} onChange={(chosen) => onChange({ rhythm: chosen })} />
      </Field>
      {rhythm === "every" && (
        <Field label={t.minutes} error={fault("every_minutes")}>
          <Input type="number" min={1} max={525_600} required value={when.minutes || ""} onChange={(event) => onChange({ minutes: Math.trunc(Number(event.target.value)) })} />
        </Field>
      )}
      {rhythm === "weekly" && (
        <Field label={t.day}>
          <Select options={WEEKDAYS} value={when.weekday} onChange={(weekday) => onChange({ weekday })} />
        </Field>
      )}
      {rhythm === "monthly" && (
        <Field label={t.dayOfMonth} error={fault("cron")}>
          <Input type="number" min={1} max={31} required value={when.monthDay || ""} onChange={(event) => onChange({ monthDay: Math.trunc(Number(event.target.value)) })} />
        </Field>
      )}
      {rhythm !== "every" && rhythm !== "cron" && (
        <Field label={t.time} error={rhythm === "monthly" ? undefined : fault("cron")}>
          <Input type="time" required value={when.time} onChange={(event) => onChange({ time: event.target.value || when.time })} />
        </Field>
      )}
      {rhythm === "cron" && (
        <Field label={t.cron} hint={t.cronHint} error={fault("cron")}>
          <Input required maxLength={100} value={when.cron} onChange={(event) => onChange({ cron: event.target.value })} />
        </Field>
      )}
    </>
  );
}

/** Sets up a schedule of a script, or changes one. */
export function ScheduleForm({ script, schedule, onClose }: { script: Pick<ScriptDetails, "id" | "version" | "can_change">; schedule: ScriptSchedule | null; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const { user } = useSession();
  const [when, setWhen] = useState<When>(() => (schedule ? readWhen(schedule) : DEFAULT));
  const [zone, setZone] = useState(schedule?.time_zone ?? user.timezone);
  const [access, setAccess] = useState<ScriptAccess>(schedule?.access ?? "all");
  // A script of somebody else runs as it is now: what others write later does not run in one's name.
  const [version, setVersion] = useState(schedule ? (schedule.version ?? LATEST) : script.can_change ? LATEST : script.version);
  const known = useMemo(() => zones(zone, user.timezone), [zone, user.timezone]);
  const [search, setSearch] = useState("");
  const found = known.filter(({ label }) => label.toLowerCase().includes(search.toLowerCase()));
  const fixed = [...new Set([script.version, version])].filter((one) => one !== LATEST).toSorted((one, other) => other - one);
  const versions: Option<number>[] = [...(script.can_change ? [{ value: LATEST, label: t.latest }] : []), ...fixed.map((value) => ({ value, label: texts.editorPage.version(value) }))];
  const save = useMutation({
    mutationFn: () => {
      const body = { ...writeWhen(when), time_zone: zone, access, version: version === LATEST ? null : version };
      return schedule ? changeSchedule(schedule.id, body) : addSchedule({ every_minutes: null, cron: null, is_on: true, ...body, script_id: script.id });
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["schedules"] });
      toast(schedule ? t.changed : t.added);
      onClose();
    },
  });
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const isShown = ["every_minutes", "cron", "time_zone"].some((name) => fields[name]);
  return (
    <FormDialog title={schedule ? t.edit : t.add} action={t.save} busy={save.isPending} refusal={isShown ? null : save.error?.message} onClose={onClose} onSubmit={() => save.mutate()}>
      <Stack gap={4}>
        <WhenFields when={when} onChange={(change) => setWhen({ ...when, ...change })} fault={(name) => fields[name]} />
        <Field label={t.zone} error={fields["time_zone"]}>
          <Combobox options={found} value={{ value: zone, label: zone }} onChange={(chosen) => chosen && setZone(chosen.value)} onSearch={setSearch} />
        </Field>
        <Field label={t.access}>
          <Select options={ACCESSES} value={access} onChange={setAccess} />
        </Field>
        <Field label={t.version}>
          <Select options={versions} value={version} onChange={setVersion} />
        </Field>
      </Stack>
    </FormDialog>
  );
}
