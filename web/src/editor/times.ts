/** When schedules run, in words and as cron expressions. */
import type { ScriptSchedule } from "../api/editor";
import { texts } from "../texts";

const t = texts.schedules;

/** What one chooses; all but `every` and `cron` are cron expressions of a simple form. */
export type Rhythm = "every" | "daily" | "weekdays" | "weekly" | "monthly" | "cron";

export interface When {
  rhythm: Rhythm;
  minutes: number;
  /** `09:30` */
  time: string;
  /** Of the week, from 0 for Sunday. */
  weekday: number;
  monthDay: number;
  cron: string;
}

export const DEFAULT: When = { rhythm: "daily", minutes: 60, time: "09:00", weekday: 1, monthDay: 1, cron: "0 9 * * *" };

const SIMPLE = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|1-5|[0-7])$/;

/** Returns what was chosen for a schedule that there is. */
export function readWhen({ every_minutes: minutes, cron }: Pick<ScriptSchedule, "every_minutes" | "cron">): When {
  if (minutes !== null) return { ...DEFAULT, rhythm: "every", minutes };
  const known = { ...DEFAULT, cron: cron ?? DEFAULT.cron };
  const [, minute, hour, monthDay, weekday] = SIMPLE.exec(cron ?? "") ?? [];
  if (minute === undefined || hour === undefined || monthDay === undefined || weekday === undefined) return { ...known, rhythm: "cron" };
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (monthDay !== "*") return weekday === "*" ? { ...known, rhythm: "monthly", time, monthDay: Number(monthDay) } : { ...known, rhythm: "cron" };
  if (weekday === "*") return { ...known, rhythm: "daily", time };
  return weekday === "1-5" ? { ...known, rhythm: "weekdays", time } : { ...known, rhythm: "weekly", time, weekday: Number(weekday) % 7 };
}

/** Returns what the server is told. */
export function writeWhen({ rhythm, minutes, time, weekday, monthDay, cron }: When): { every_minutes: number } | { cron: string } {
  if (rhythm === "every") return { every_minutes: minutes };
  if (rhythm === "cron") return { cron: cron.trim() };
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  const days = { daily: "* * *", weekdays: "* * 1-5", weekly: `* * ${weekday}`, monthly: `${monthDay} * *` }[rhythm];
  return { cron: `${minute} ${hour} ${days}` };
}

/** Returns when a schedule runs, in words. */
export function whenOf(schedule: Pick<ScriptSchedule, "every_minutes" | "cron">): string {
  const when = readWhen(schedule);
  switch (when.rhythm) {
    case "every":
      return t.everyMinutes(when.minutes);
    case "daily":
      return t.dailyAt(when.time);
    case "weekdays":
      return t.weekdaysAt(when.time);
    case "weekly":
      return t.weeklyAt(t.days[when.weekday] ?? "", when.time);
    case "monthly":
      return t.monthlyAt(when.monthDay, when.time);
    default:
      return when.cron;
  }
}
