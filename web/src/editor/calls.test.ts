import { describe, expect, it } from "vitest";
import { placeAt } from "./calls";

/** Returns the place at the mark `|` in code. */
function at(marked: string) {
  return placeAt(marked.replace("|", ""), marked.indexOf("|"));
}

describe("placeAt", () => {
  it("finds the connection and the action, by place and by name", () => {
    expect(at('run_connection_action("lo|", "get_deals")')).toMatchObject({ argument: "connection_name", text: "lo", isQuoted: true });
    expect(at('run_connection_action("local", "get_|")')).toMatchObject({ argument: "action_name", text: "get_", connection: "local" });
    expect(at("run_connection_action(\n  action_name='post_|',\n  connection_name='work'\n)")).toMatchObject({ argument: "action_name", text: "post_", connection: "work" });
  });

  it("finds keys of parameters and of the body, with what stands beside them", () => {
    const key = at('run_connection_action("local", "patch_deals_by_id", {"id": 1, "data": {"title": "A", "va|": 2}})');
    expect(key).toMatchObject({ argument: "params", path: ["data"], key: null, text: "va", action: "patch_deals_by_id", siblings: ["title", "va"] });
    expect(at('run_connection_action("local", "get_deals", {|})')).toMatchObject({ argument: "params", path: [], key: null, isQuoted: false });
    expect(at('run_connection_action("local", "get_deals", {"limit": 5, |})')).toMatchObject({ argument: "params", key: null, siblings: ["limit"] });
    expect(at('run_connection_action("local", "get_deals", {li|})')).toMatchObject({ argument: "params", key: null, text: "li", isQuoted: false });
    expect(at('run_connection_action("local", "get_deals", {"limit": li|})')).toBeNull();
    expect(at('run_connection_action("local", "get_deals", params={"status": "op|"})')).toMatchObject({ argument: "params", key: "status", text: "op" });
  });

  it("bears code that is not complete", () => {
    expect(at('run_connection_action("local", "post_|')).toMatchObject({ argument: "action_name", text: "post_" });
    expect(at('run_connection_action("local", "post_|\nprint(1)')).toMatchObject({ text: "post_" });
    expect(at('run_connection_action("local", "get_deals", {"da|')).toMatchObject({ argument: "params", key: null, text: "da" });
    expect(at("run_connection_action(|")).toMatchObject({ argument: "connection_name", isQuoted: false });
  });

  it("takes comments, brackets and other texts for what they are", () => {
    expect(at('run_connection_action("local",  # ", (\n  "ge|")')).toMatchObject({ argument: "action_name", text: "ge" });
    expect(at('run_connection_action("a\\"b", "ge|")')).toMatchObject({ argument: "action_name", connection: 'a\\"b' });
    expect(at('run_connection_action("local", "get_deals")["da|ta"]')).toBeNull();
    expect(at('print("lo|cal")')).toBeNull();
    expect(at('run_connection_action("local", "get_deals", {"limit": int("5|")})')).toBeNull();
    expect(at('run_connection_action("local", name|)')).toBeNull();
  });

  it("finds the call around another one", () => {
    const around = at('run_connection_action("local", "get_deals_by_id", {"id": run_connection_action("local", "get_deals")["data"][0]["id"], "in|"})');
    expect(around).toMatchObject({ action: "get_deals_by_id", argument: "params", text: "in" });
  });

  it("takes as long for much code as for little of it in one call", () => {
    const code = `${'run_connection_action("local", "get_deals", {'.repeat(20_000)}`;
    expect(placeAt(code, code.length)).toMatchObject({ argument: "params" });
  });
});
