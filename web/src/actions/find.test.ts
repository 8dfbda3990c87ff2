import { expect, test } from "vitest";
import type { Action } from "../api/actions";
import { ActionIndex, groupLabel, pieces, wordsOf } from "./find";

const action = (version: "v1" | "v2", name: string, summary: string, more: Partial<Action> = {}): Action => ({
  version,
  name,
  qualified_name: `${version}.${name}`,
  summary,
  group: "Deals",
  effect: name.startsWith("get") ? "reads" : name.startsWith("delete") ? "removes" : "writes",
  deprecated: false,
  replaced_by: null,
  cost: 1,
  documented: true,
  ...more,
});

const index = new ActionIndex([
  action("v1", "get_deals", "List deals", { deprecated: true }),
  action("v2", "get_deals", "List deals"),
  action("v2", "post_deals", "Add a deal"),
  action("v1", "delete_deals", "Delete several deals", { deprecated: true }),
  action("v1", "get_notes", "List notes", { group: "Notes" }),
]);

const names = (narrowing: Partial<Parameters<ActionIndex["find"]>[0]>): string[] =>
  index.find({ q: "", effect: "all", version: "all", deprecated: true, ...narrowing }).flatMap((group) => group.actions.map((one) => `${one.version}.${one.name}`));

test("words are found in any order, in names, purposes and what people call them", () => {
  expect(names({ q: "deals add" })).toEqual(["v2.post_deals"]);
  expect(names({ q: "create deal" })).toEqual(["v2.post_deals"]);
  expect(names({ q: "post_deals" })).toEqual(["v2.post_deals"]);
  expect(names({ q: "nothing" })).toEqual([]);
});

test("the newest version of each name", () => {
  expect(names({ version: "newest" })).toEqual(["v2.get_deals", "v2.post_deals", "v1.delete_deals", "v1.get_notes"]);
});

test("what reads, what writes, and what is deprecated", () => {
  expect(names({ effect: "reads", version: "v1" })).toEqual(["v1.get_deals", "v1.get_notes"]);
  expect(names({ effect: "writes" })).toEqual(["v2.post_deals", "v1.delete_deals"]);
  expect(names({ deprecated: false })).toEqual(["v2.get_deals", "v2.post_deals", "v1.get_notes"]);
});

test("what was found is marked", () => {
  expect(pieces("get_deals", wordsOf("deal et"))).toEqual([
    { text: "g", found: false },
    { text: "et", found: true },
    { text: "_", found: false },
    { text: "deal", found: true },
    { text: "s", found: false },
  ]);
});

test("groups are named in words", () => {
  expect(groupLabel("DealFields")).toBe("Deal fields");
  expect(groupLabel("Deals")).toBe("Deals");
});
