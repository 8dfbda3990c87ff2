/** Times, numbers and sizes as the person who is signed in reads them. */
import { useMemo } from "react";
import { useSession } from "../api/session";
import { texts } from "../texts";

export interface Formats {
  /** `10:44` */
  time: (moment: string) => string;
  /** `10:44:07` */
  clock: (moment: string) => string;
  /** "Today, 10:44:07" */
  moment: (moment: string) => string;
  /** "Today", "Yesterday, 25 Nov" */
  day: (moment: string) => string;
  /** "18 Dec 2026" of a date without a time, which is the same everywhere. */
  date: (date: string) => string;
  /** `10:44` of today, "Wed 15:20" of this week, "25 Nov" of before */
  recent: (moment: string) => string;
  number: (value: number) => string;
  /** "€14,800" */
  money: (value: number, currency: string) => string;
  /** "84 ms", "1.8 s" */
  duration: (milliseconds: number) => string;
  /** "1.5 KB" */
  size: (bytes: number) => string;
}

const WEEK_MS = 6 * 24 * 60 * 60 * 1000;

function make(locale: string, timeZone: string): Formats {
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const [time, seconds] = [format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }), format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })];
  const [date, day, weekday] = [format({ year: "numeric", month: "2-digit", day: "2-digit" }), format({ day: "numeric", month: "short" }), format({ weekday: "short" })];
  const plainDate = format({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const dayWithYear = format({ day: "numeric", month: "short", year: "numeric" });
  const number = new Intl.NumberFormat(locale);
  const money = (value: number, currency: string): string => {
    try {
      return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: Number.isInteger(value) ? 0 : 2 }).format(value);
    } catch {
      // A currency of the company's own, which nobody else knows.
      return `${number.format(value)} ${currency}`;
    }
  };
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const isOn = (moment: Date, daysAgo: number): boolean => date.format(moment) === date.format(new Date(Date.now() - daysAgo * 24 * 60 * 60 * 1000));
  const dayOf = (moment: Date): string => (moment.getFullYear() === new Date().getFullYear() ? day : dayWithYear).format(moment);
  const dayName = (moment: Date): string => (isOn(moment, 0) ? texts.runPages.today : isOn(moment, 1) ? `${texts.runPages.yesterday}, ${dayOf(moment)}` : dayOf(moment));
  return {
    time: (moment) => time.format(new Date(moment)),
    clock: (moment) => seconds.format(new Date(moment)),
    moment: (text) => {
      const moment = new Date(text);
      return `${isOn(moment, 0) ? texts.runPages.today : dayOf(moment)}, ${seconds.format(moment)}`;
    },
    day: (moment) => dayName(new Date(moment)),
    date: (text) => plainDate.format(new Date(`${text}T00:00:00Z`)),
    recent: (text) => {
      const moment = new Date(text);
      if (isOn(moment, 0)) return time.format(moment);
      return Date.now() - moment.getTime() < WEEK_MS ? `${weekday.format(moment)} ${time.format(moment)}` : dayOf(moment);
    },
    number: (value) => number.format(value),
    money,
    duration: (milliseconds) => (milliseconds < 1000 ? `${number.format(milliseconds)} ms` : `${decimal.format(milliseconds / 1000)} s`),
    size: (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1024 * 1024 ? `${decimal.format(bytes / 1024)} KB` : `${decimal.format(bytes / 1024 / 1024)} MB`),
  };
}

/** Returns the formats of the person who is signed in. */
export function useFormats(): Formats {
  const { user } = useSession();
  return useMemo(() => make(user.locale.replace("_", "-"), user.timezone), [user.locale, user.timezone]);
}
