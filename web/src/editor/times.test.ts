import { describe, expect, it } from "vitest";
import { DEFAULT, readWhen, type When, whenOf, writeWhen } from "./times";

const CHOSEN: [Partial<When>, string][] = [
  [{ rhythm: "daily", time: "06:05" }, "5 6 * * *"],
  [{ rhythm: "weekdays", time: "09:00" }, "0 9 * * 1-5"],
  [{ rhythm: "weekly", time: "23:59", weekday: 0 }, "59 23 * * 0"],
  [{ rhythm: "monthly", time: "00:30", monthDay: 28 }, "30 0 28 * *"],
];

describe("schedules", () => {
  it.each(CHOSEN)("%o is %s, and back", (chosen, cron) => {
    expect(writeWhen({ ...DEFAULT, ...chosen })).toEqual({ cron });
    expect(readWhen({ cron, every_minutes: null })).toMatchObject(chosen);
  });

  it("are told in words", () => {
    expect(whenOf({ cron: "0 9 * * 1-5", every_minutes: null })).toBe("Monday to Friday at 09:00");
    expect(whenOf({ cron: "0 9 * * 7", every_minutes: null })).toBe("Every Sunday at 09:00");
    expect(whenOf({ cron: null, every_minutes: 90 })).toBe("Every 90 minutes");
    expect(whenOf({ cron: null, every_minutes: 120 })).toBe("Every 2 hours");
  });

  it("of another form stay the expressions that they are", () => {
    for (const cron of ["*/5 * * * *", "0 9 1 * 1", "0 9 * 1 *"]) {
      expect(readWhen({ cron, every_minutes: null })).toMatchObject({ rhythm: "cron", cron });
      expect(whenOf({ cron, every_minutes: null })).toBe(cron);
    }
  });
});
