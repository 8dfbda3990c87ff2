// A deal from first contact to won, with Pipedrive's own Node client in both versions of the API.
//
// Whatever is read back is asserted here; what only one version of the client has is read where it is there.
"use strict";

const assert = require("node:assert/strict");
const { one, two, run } = require("./sdk.cjs");

const V1_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
const V2_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const DEAL_COUNT = 250;
const PAGE = 100;

// Pages of 100 by `start`, as in v1.
async function byOffset(query) {
  const pages = [];
  for (let start = 0, more = true; more; ) {
    const answer = await one.answer.getDeals({ ...query, start, limit: PAGE });
    const { pagination } = answer.additional_data;
    assert.equal(pagination.start, start);
    assert.equal(pagination.limit, PAGE);
    pages.push(answer.data.map((deal) => deal.id));
    more = pagination.more_items_in_collection;
    if (more) assert.equal(pagination.next_start, start + PAGE);
    start = pagination.next_start;
  }
  return pages;
}

// Pages of 100 by `cursor`, as in v2.
async function byCursor(query) {
  const pages = [];
  let cursor;
  do {
    const answer = await two.answer.getDeals({ ...query, limit: PAGE, ...(cursor && { cursor }) });
    pages.push(answer.data.map((deal) => deal.id));
    cursor = answer.additional_data.next_cursor;
  } while (cursor);
  return pages;
}

async function createMany(count, create) {
  const ids = [];
  while (ids.length < count) {
    const numbers = Array.from({ length: Math.min(10, count - ids.length) }, (_, i) => ids.length + i + 1);
    ids.push(...(await Promise.all(numbers.map(async (number) => (await create(number)).id))));
  }
  return ids;
}

async function main() {
  const me = await one.getCurrentUser();
  assert.equal(me.is_you, true);

  // A pipeline of two stages.
  const pipeline = await two.addPipeline({ AddPipelineRequest: { name: "Node story" } });
  const [contacted, offered] = [
    await two.addStage({ AddStageRequest: { name: "Contacted", pipeline_id: pipeline.id } }),
    await two.addStage({ AddStageRequest: { name: "Offered", pipeline_id: pipeline.id } }),
  ];
  assert.ok(offered.order_nr > contacted.order_nr);

  // An organization and a person.
  const organization = await two.addOrganization({ AddOrganizationRequest: { name: "Story Ltd" } });
  if (one.getOrganization) assert.equal((await one.getOrganization({ id: organization.id })).name, "Story Ltd");

  const person = await two.addPerson({
      AddPersonRequest: {
        name: "Story Contact",
        org_id: organization.id,
        emails: [{ value: "contact@story.example", primary: true, label: "work" }],
        phones: [{ value: "+1 555 0100", primary: true, label: "mobile" }],
      },
    });
  assert.equal(person.org_id, organization.id);
  if (one.getPerson) {
    const personV1 = await one.getPerson({ id: person.id });
    assert.equal(personV1.name, "Story Contact");
    assert.equal(personV1.first_name, "Story");
    assert.equal(personV1.org_id.value, organization.id);
    assert.equal(personV1.email[0].value, "contact@story.example");
    assert.equal(personV1.phone[0].label, "mobile");
  }

  // A custom field.
  const created = await one.addDealField({
      CreateFieldRequest: { name: "Source", field_type: "enum", options: [{ label: "Fair" }, { label: "Referral" }] },
    });
  assert.match(created.key, /^[0-9a-f]{40}$/);
  const field = await one.getDealField({ id: created.id });
  assert.equal(field.name, "Source");
  assert.equal(field.field_type, "enum");
  assert.deepEqual(field.options.map((option) => option.label), ["Fair", "Referral"]);
  const [fair, referral] = field.options.map((option) => option.id);

  // The deal: created in v2, read in both.
  const deal = await two.addDeal({
      AddDealRequest: {
        title: "Story deal",
        value: 1250.5,
        currency: "EUR",
        person_id: person.id,
        org_id: organization.id,
        stage_id: contacted.id,
        custom_fields: { [field.key]: fair },
      },
    });
  assert.equal(deal.title, "Story deal");
  assert.equal(deal.value, 1250.5);
  assert.equal(deal.pipeline_id, pipeline.id);
  assert.equal(deal.status, "open");
  assert.equal(deal.custom_fields[field.key], fair);
  assert.match(deal.add_time, V2_TIME);
  if (one.getDeal) {
    const dealV1 = await one.getDeal({ id: deal.id });
    assert.equal(dealV1.person_id.value, person.id);
    assert.equal(dealV1.org_id.name, "Story Ltd");
    assert.equal(dealV1[field.key], String(fair));
    assert.match(dealV1.add_time, V1_TIME);
  }

  // The field again: changed in v1 where the client can, read in v2.
  if (one.updateDeal) await one.updateDeal({ id: deal.id, UpdateDealRequest: { [field.key]: String(referral) } });
  else await two.updateDeal({ id: deal.id, UpdateDealRequest: { custom_fields: { [field.key]: referral } } });
  const changed = await two.getDeal({ id: deal.id });
  assert.equal(changed.custom_fields[field.key], referral);
  assert.equal(changed.value, 1250.5);

  // An activity and a note.
  const activity = await two.addActivity({
      AddActivityRequest: { subject: "Call back", type: "call", deal_id: deal.id, due_date: "2030-05-06", due_time: "09:30" },
    });
  assert.equal(activity.done, false);
  if (one.getActivity) {
    const activityV1 = await one.getActivity({ id: activity.id });
    assert.equal(activityV1.subject, "Call back");
    assert.equal(activityV1.due_date, "2030-05-06");
    assert.equal(activityV1.due_time, "09:30");
    assert.equal((await one.getDeal({ id: deal.id })).next_activity_id, activity.id);
  }

  const note = await one.addNote({ AddNoteRequest: { content: "<p>Wants an offer</p>", deal_id: deal.id } });
  const noted = await one.getNotes({ deal_id: deal.id });
  assert.deepEqual(noted.map((each) => each.id), [note.id]);
  assert.equal(noted[0].content, "<p>Wants an offer</p>");
  assert.equal(noted[0].deal.title, "Story deal");

  // The deal moves to the next stage, and is won.
  const moved = await two.updateDeal({ id: deal.id, UpdateDealRequest: { stage_id: offered.id } });
  assert.equal(moved.stage_id, offered.id);
  assert.match(moved.stage_change_time, V2_TIME);
  const won = await two.updateDeal({ id: deal.id, UpdateDealRequest: { status: "won" } });
  assert.equal(won.status, "won");
  assert.match(won.won_time, V2_TIME);
  if (one.getDeal) {
    const wonV1 = await one.getDeal({ id: deal.id });
    assert.equal(wonV1.status, "won");
    assert.equal(wonV1.stage_id, offered.id);
    assert.match(wonV1.won_time, V1_TIME);
  }

  // The client rejects with the body of a failure.
  for (const client of [one, two]) if (client.getDeal) assert.ok((await client.refusal.getDeal({ id: 999999999 })).error);

  // Many deals, each listed once by both kinds of paging.
  const dealIds = await createMany(DEAL_COUNT, (number) =>
    two.addDeal({ AddDealRequest: { title: `Deal ${number}`, stage_id: contacted.id } }),
  );
  const cursorPages = await byCursor({ pipeline_id: pipeline.id, stage_id: contacted.id });
  const ascending = (ids) => [...ids].sort((a, b) => a - b);
  assert.deepEqual(cursorPages.flat(), ascending(dealIds));
  const offsetPages = one.getDeals ? await byOffset({ stage_id: contacted.id }) : cursorPages;
  assert.deepEqual(ascending(offsetPages.flat()), ascending(dealIds));

  return {
    company_domain: me.company_domain,
    deal: { id: won.id, status: won.status, value: won.value, currency: won.currency },
    offset_pages: offsetPages.map((page) => page.length),
    cursor_pages: cursorPages.map((page) => page.length),
  };
}

run(main);
