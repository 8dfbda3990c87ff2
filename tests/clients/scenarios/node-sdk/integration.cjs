// Filters, recents, webhooks, searches over everything and goals, with Pipedrive's own Node client.
"use strict";

const assert = require("node:assert/strict");
const { one, two, run, word } = require("./sdk.cjs");

const ids = (records) => (records ?? []).map((record) => record.id);

async function filters() {
  const title = (await one.getDealFields({ limit: 500 })).find((field) => field.key === "title");
  const conditions = (value) => ({
    glue: "and",
    conditions: [
      { glue: "and", conditions: [{ object: "deal", field_id: String(title.id), operator: "=", value }] },
      { glue: "or", conditions: [] },
    ],
  });
  const add = () => one.addFilter({ AddFilterRequest: { name: word, type: "deals", conditions: conditions("a") } });
  const { id } = await add();
  await one.updateFilter({ id, UpdateFilterRequest: { name: `${word} b`, conditions: conditions("b") } });
  const filter = await one.getFilter({ id });
  assert.deepEqual([filter.name, filter.conditions.conditions[0].conditions[0].value], [`${word} b`, "b"]);
  assert.ok(ids(await one.getFilters({ type: "deals" })).includes(id));
  assert.ok((await one.answer.getFilterHelpers()).data);
  const other = await add();
  assert.deepEqual((await one.deleteFilters({ ids: `${other.id}` })).id, [other.id]);
  await one.deleteFilter({ id });
  assert.ok(!ids(await one.getFilters({ type: "deals" })).includes(id));
}

async function recents() {
  const since_timestamp = new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace("T", " ");
  const { id } = await two.addDeal({ AddDealRequest: { title: `${word} recent` } });
  const changes = [];
  for (let start = 0, more = true; more; start += 500) {
    const page = await one.answer.getRecents({ since_timestamp, items: "deal", start, limit: 500 });
    changes.push(...page.data);
    more = page.additional_data.pagination.more_items_in_collection;
  }
  assert.ok(changes.some((change) => change.item === "deal" && change.id === id && change.data.title === `${word} recent`));
}

async function webhooks() {
  const hook = { subscription_url: "https://hooks.example.com/deals", event_action: "create", event_object: "deal", name: word };
  const { id } = await one.addWebhook({ AddWebhookRequest: { ...hook, version: "2.0" } });
  const listed = (await one.getWebhooks()).find((each) => each.id === id);
  assert.deepEqual([listed.subscription_url, listed.event_action, listed.event_object], Object.values(hook).slice(0, 3));
  await one.answer.deleteWebhook({ id });
  assert.ok(!ids(await one.getWebhooks()).includes(id));
}

async function searches() {
  const { id } = await two.addDeal({ AddDealRequest: { title: `${word} haystack` } });
  for (const client of [one, two]) {
    if (!client.searchItem) continue;
    const found = await client.searchItem({ term: `${word} haystack`, item_types: "deal" });
    assert.deepEqual(found.items.map(({ item }) => item.id), [id]);
  }
  const byField = await two.searchItemByField({ term: `${word} hay`, entity_type: "deal", field: "title", match: "beginning" });
  assert.deepEqual(ids(byField), [id]);
  if (!one.searchItemByField) return;
  const field = { term: `${word} hay`, field_type: "dealField", field_key: "title", return_item_ids: true };
  assert.deepEqual(ids(await one.searchItemByField(field)), [id]);
}

async function goals(me) {
  const [pipeline] = await two.getPipelines();
  const goal = {
    title: `${word} goal`,
    assignee: { id: me.id, type: "person" },
    type: { name: "deals_started", params: { pipeline_id: [pipeline.id] } },
    expected_outcome: { target: 50, tracking_metric: "quantity" },
    duration: { start: "2020-01-01", end: "2040-12-31" },
    interval: "monthly",
  };
  const { id } = (await one.addGoal({ AddGoalRequest: goal })).goal;
  await one.updateGoal({ id, BasicGoalRequest: { title: `${word} aim` } });
  const { goals } = await one.getGoals({ title: `${word} aim` });
  assert.deepEqual(ids(goals), [id]);
  const day = new Date().toISOString().slice(0, 10);
  const before = await one.getGoalResult({ id, period_start: day, period_end: day });
  await two.addDeal({ AddDealRequest: { title: `${word} counts`, pipeline_id: pipeline.id } });
  const after = await one.getGoalResult({ id, period_start: day, period_end: day });
  assert.equal(after.progress, before.progress + 1);
  await one.answer.deleteGoal({ id });
  assert.deepEqual((await one.getGoals({ title: `${word} aim` })).goals, []);
}

async function main() {
  const me = await one.getCurrentUser();
  await filters();
  await recents();
  await webhooks();
  await searches();
  await goals(me);
  return {};
}

run(main);
