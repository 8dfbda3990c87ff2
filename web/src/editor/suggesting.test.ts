import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it } from "vitest";
import { type Action, type ActionDetails, actionQuery, actionsQuery } from "../api/actions";
import { type Connection, connectionsQuery } from "../api/connections";
import type { Suggestions } from "../ui/code-editor/suggestions";
import { makeExplain, makeSuggest } from "./suggesting";

const ACTION: ActionDetails = {
  version: "v2",
  name: "patch_deals_by_id",
  qualified_name: "v2.patch_deals_by_id",
  group: "Deals",
  summary: "Update a deal.",
  effect: "writes",
  deprecated: false,
  replaced_by: null,
  cost: 5,
  documented: true,
  method: "PATCH",
  path: "/deals/{id}",
  description: "",
  scopes: [],
  paging: "none",
  about: null,
  parameters: [{ name: "id", location: "path", required: true, description: "The deal.", schema: { type: "integer" } as never, reference: null }],
  body: {
    required: true,
    kind: "json",
    files: [],
    custom_fields: null,
    custom_fields_of: null,
    schema: { type: "object", properties: { title: { type: "string" }, status: { anyOf: [{ type: "string", enum: ["open", "won"] }, { type: "null" }] } } } as never,
  },
  answer: null,
  media_type: "application/json",
};

const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });

beforeEach(() => {
  queries.setQueryData(connectionsQuery.queryKey, [{ name: "This CRM", service: "here", can_use: true }, { name: "work", service: "pipedrive", can_use: true }, { name: "shut", service: "pipedrive", can_use: false }] as Connection[]);
  queries.setQueryData(actionsQuery.queryKey, [ACTION, { ...ACTION, version: "v1", qualified_name: "v1.patch_deals_by_id" }] as Action[]);
  queries.setQueryData(actionQuery("v2", ACTION.name).queryKey, ACTION);
});

/** Returns what is offered at the mark `|`. */
const at = (marked: string): Promise<Suggestions | null> => makeSuggest(queries)(marked.replace("|", ""), marked.indexOf("|"));

/** Returns the code after the first of what is offered was taken, with the mark where the cursor is then. */
async function taken(marked: string, label: string): Promise<string> {
  const code = marked.replace("|", "");
  const found = await at(marked);
  const option = found?.options.find((one) => one.label === label);
  if (!found || !option) throw new Error(`${label} is not offered`);
  const end = option.text.length - (option.back ?? 0);
  return `${code.slice(0, found.from)}${option.text.slice(0, end)}|${option.text.slice(end)}${code.slice(found.to)}`;
}

describe("suggestions", () => {
  it("are connections that one may use, with quotes where there are none", async () => {
    expect((await at('run_connection_action("|")'))?.options.map(({ text }) => text)).toEqual(["local", "work"]);
    expect(await taken("run_connection_action(|)", "work")).toBe('run_connection_action("work"|)');
  });

  it("are actions: the newest by its bare name, others by exact ones", async () => {
    expect((await at('run_connection_action("local", "pa|")'))?.options.map(({ text }) => text)).toEqual(["patch_deals_by_id", "v1.patch_deals_by_id"]);
  });

  it("are keys, with the beginning of their value", async () => {
    const call = 'run_connection_action("local", "patch_deals_by_id", ';
    expect(await taken(`${call}{|})`, "data")).toBe(`${call}{"data": {|}})`);
    expect(await taken(`${call}{da|})`, "data")).toBe(`${call}{"data": {|}})`);
    expect(await taken(`${call}{"i|"})`, "id")).toBe(`${call}{"id": |})`);
    expect(await taken(`${call}{"i|": 5})`, "id")).toBe(`${call}{"id|": 5})`);
    expect(await taken(`${call}{"data": {"|"}})`, "title")).toBe(`${call}{"data": {"title": "|"}})`);
    expect((await at(`${call}{"id": 1, |})`))?.options.map(({ label }) => label)).toEqual(["data"]);
  });

  it("are values of which there are few", async () => {
    expect((await at('run_connection_action("local", "patch_deals_by_id", {"data": {"status": "|"}})'))?.options.map(({ text }) => text)).toEqual(["open", "won"]);
    expect(await at('run_connection_action("local", "patch_deals_by_id", {"id": 1 |})')).toBeNull();
  });

  it("explain actions and parameters", async () => {
    const code = 'run_connection_action("local", "patch_deals_by_id", {"id": 1})';
    expect(await makeExplain(queries)(code, code.indexOf("deals"))).toMatchObject({ name: "v2.patch_deals_by_id", text: "Update a deal. Writes. 5 tokens" });
    expect(await makeExplain(queries)(code, code.indexOf('id":'))).toMatchObject({ name: "id", text: "The deal.", facts: [["Type", "integer, required"]] });
    expect(await makeExplain(queries)(code, 3)).toBeNull();
  });
});
