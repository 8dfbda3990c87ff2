import { useMemo } from "react";
import { useSession } from "../api/session";

interface Times {
  /** A day and a time of day. */
  time: (iso: string) => string;
  /** With seconds, for what happens often. */
  exact: (iso: string) => string;
  day: (iso: string) => string;
}

/** Returns how times are written for the user, in the user's zone. */
export function useTimes(): Times {
  const { user } = useSession();
  return useMemo(() => {
    const locale = user.locale.replace("_", "-");
    const format = (options: Intl.DateTimeFormatOptions): ((iso: string) => string) => {
      const known = new Intl.DateTimeFormat(locale, { ...options, timeZone: user.timezone });
      return (iso) => known.format(new Date(iso));
    };
    return { time: format({ dateStyle: "medium", timeStyle: "short" }), exact: format({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" }), day: format({ dateStyle: "medium" }) };
  }, [user.locale, user.timezone]);
}
