import { expect, test } from "vitest";
import type { Notification } from "../api/notifications";
import { wordsOf } from "./notificationWords";

const roof = { object: "deal", id: "7", name: "Roof" };
const base: Notification = {
  id: 1,
  kind: "handed_over",
  time: "2026-03-02T10:00:00.000Z",
  is_read: false,
  actor: { id: 1, name: "Ada" },
  object: "deal",
  records: [roof],
  count: 1,
  about: null,
  text: null,
  job: null,
  outcome: null,
  run_id: null,
};

const said = (more: Partial<Notification>): [title: string, detail: string] => {
  const { title, detail } = wordsOf({ ...base, ...more });
  return [title, detail];
};

test("a record is named, several are counted", () => {
  expect(said({})).toEqual(["Roof", "Deal handed over by Ada"]);
  expect(said({ actor: null })).toEqual(["Roof", "Deal handed over to you"]);
  expect(said({ object: "person", count: 12, records: [roof, { ...roof, name: "" }] })).toEqual(["12 people handed over by Ada", "Roof, #7 and 10 more"]);
});

test("a mention says where, and by whom", () => {
  expect(said({ kind: "mentioned", object: "note", records: [{ object: "note", id: "1", name: "" }], text: "Look", about: roof })).toEqual(["Ada mentioned you on Roof", "Look"]);
  expect(said({ kind: "mentioned", object: "note", actor: null, text: "Look" })).toEqual(["You were mentioned", "Look"]);
});

test("a job says how it ended, and leads to its run", () => {
  const job = { kind: "job_ended", job: "conversion", actor: null, outcome: "completed" } as const;
  expect(said(job)).toEqual(["Converted into the deal Roof", ""]);
  expect(said({ ...job, outcome: "rejected", records: [], text: "Lead not found" })).toEqual(["A deal was not converted", "Lead not found"]);
  expect(said({ ...job, job: "invitation", object: "user", records: [{ object: "user", id: "2", name: "Ben" }] })).toEqual(["The invitation of Ben was sent", ""]);
  expect(wordsOf({ ...base, ...job, run_id: "r" }).link).toEqual({ to: "/runs/$id", params: { id: "r" } });
  expect(wordsOf(base).link).toBeUndefined();
});

test("what works no more leads to where it is mended", () => {
  const connection = wordsOf({ ...base, kind: "connection_lost", object: "connection", records: [{ object: "connection", id: "3", name: "work" }], text: "Not accepted" });
  expect([connection.title, connection.detail, connection.link]).toEqual(["The connection work needs connecting again", "Not accepted", { to: "/connections", search: { q: "work" } }]);
  const hook = { kind: "webhook_off", object: "webhook", records: [{ object: "webhook", id: "4", name: "Orders" }], outcome: "banned" } as const;
  expect(wordsOf({ ...base, ...hook, records: [...hook.records] }).link).toEqual({ to: "/settings/webhooks/$id", params: { id: "4" } });
  expect(said({ ...hook, records: [...hook.records], outcome: "removed" })[0]).toBe("The webhook Orders was switched off");
});
