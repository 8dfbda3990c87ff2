import { describe, expect, it } from "vitest";
import { budgetOf, hostOf, permitsText, reasonText, stateOf } from "./facts";

const budget = { day: "2026-11-30", spent: 40, requests: 2, limit: null, remaining: null, told_at: null };

describe("facts of a connection", () => {
  it("says which actions it may run", () => {
    expect(permitsText({ kind: "all", actions: [] })).toBe("All actions");
    expect(permitsText({ kind: "chosen", actions: ["v1.get_deals"] })).toBe("1 chosen action");
    expect(permitsText({ kind: "chosen", actions: ["v1.get_deals", "v2.get_deals"] })).toBe("2 chosen actions");
  });

  it("counts what others have spent of the budget, too", () => {
    expect(budgetOf({ budget })).toEqual({ spent: 40, limit: null, isTight: false });
    expect(budgetOf({ budget: { ...budget, limit: 100, remaining: 5 } })).toEqual({ spent: 95, limit: 100, isTight: true });
    expect(budgetOf({ budget: null })).toEqual({ spent: 0, limit: null, isTight: false });
  });

  it("has a colour for each state", () => {
    expect(stateOf({ state: "expired" }).tone).toBe("lost");
    expect(stateOf({ state: "untested" }).tone).toBe("none");
  });

  it("says why a test failed", () => {
    expect(reasonText("v1.get_users_me: the token is not accepted")).toBe("the token is not accepted");
    expect(reasonText("no answer: timeout")).toBe("no answer: timeout");
  });

  it("names hosts, and leaves alone what is no address", () => {
    expect(hostOf("https://crm.example.com:8100/x")).toBe("crm.example.com:8100");
    expect(hostOf("crm")).toBe("crm");
  });
});
