// Deals and all that hangs on them, pipelines and stages, with Pipedrive's own Node client in both versions of the API.
"use strict";

const assert = require("node:assert/strict");
const { File } = require("node:buffer");
const { one, two, run, until, word } = require("./sdk.cjs");

const ids = (records) => records.map((record) => record.id);
const add = (properties) => two.addDeal({ AddDealRequest: { title: `${word} deal`, ...properties } });
const DAYS = { start_date: "2020-01-01", end_date: "2040-01-01" };

async function inV1() {
  const title = `${word} single`;
  const { id } = await one.addDeal({ AddDealRequest: { title, value: "99.5", currency: "EUR" } });
  await one.updateDeal({ id, UpdateDealRequest: { title: `${title} again` } });
  assert.deepEqual([(await one.getDeal({ id })).title, (await one.getDeal({ id })).value], [`${title} again`, 99.5]);
  assert.ok(ids(await one.getDeals({ sort: "id DESC" })).includes(id));
  assert.ok((await one.getDealsCollection({ limit: 500 })).length > 0);
  assert.deepEqual((await one.searchDeals({ term: `${title} again` })).items.map(({ item }) => item.id), [id]);

  const product = await two.addProduct({ AddProductRequest: { name: `${word} v1 product` } });
  const line = { product_id: product.id, item_price: 4, quantity: 2 };
  const attached = await one.addDealProduct({ id, AddDealProductRequest: line });
  await one.updateDealProduct({ id, product_attachment_id: attached.id, UpdateDealProductRequest: { quantity: 5 } });
  const [read] = await one.getDealProducts({ id, include_product_data: 1 });
  assert.deepEqual([read.quantity, read.sum, read.product.name], [5, 20, `${word} v1 product`]);
  await one.deleteDealProduct({ id, product_attachment_id: attached.id });

  const person = await two.addPerson({ AddPersonRequest: { name: `${word} buyer` } });
  await one.updateDeal({ id, UpdateDealRequest: { person_id: person.id } });
  assert.deepEqual(ids(await one.getDealPersons({ id })), [person.id]);
  const activity = await two.addActivity({ AddActivityRequest: { subject: `${word} talk`, deal_id: id } });
  assert.deepEqual(ids(await one.getDealActivities({ id })), [activity.id]);

  const other = await one.addDeal({ AddDealRequest: { title: `${word} other` } });
  assert.equal((await one.deleteDeal({ id })).id, id);
  assert.deepEqual((await one.deleteDeals({ ids: String(other.id) })).id, [other.id]);
  assert.equal((await one.getDeal({ id })).status, "deleted");
}

async function inV2() {
  const { id } = await add({ value: 10 });
  assert.equal((await two.updateDeal({ id, UpdateDealRequest: { value: 20 } })).value, 20);
  assert.deepEqual(ids(await two.getDeals({ ids: String(id) })), [id]);
  await two.updateDeal({ id, UpdateDealRequest: { title: `${word} found` } });
  assert.deepEqual((await two.searchDeals({ term: `${word} found` })).items.map(({ item }) => item.id), [id]);
  await two.updateDeal({ id, UpdateDealRequest: { is_archived: true } });
  assert.ok(ids(await two.getArchivedDeals({ ids: String(id) })).includes(id));
  assert.ok(ids(await one.getArchivedDeals({ sort: "id DESC" })).includes(id));
  const archived = await one.getArchivedDealsSummary({ status: "open" });
  assert.ok(archived.total_count >= 1);
  const timeline = { start_date: new Date().toISOString().slice(0, 10), interval: "month", amount: 1, field_key: "add_time" };
  assert.ok((await one.getArchivedDealsTimeline(timeline))[0].deals.some((deal) => deal.id === id));
  assert.equal((await two.deleteDeal({ id })).id, id);
}

// Products, discounts and installments of a deal.
async function amounts() {
  const { id } = await add({ currency: "EUR" });
  const product = await two.addProduct({ AddProductRequest: { name: `${word} product` } });
  const line = (item_price, quantity) => ({ product_id: product.id, item_price, quantity });
  const first = await two.addDealProduct({ id, AddDealProductRequest: line(10, 2) });
  const more = await two.addManyDealProducts({ id, CreateManyDealProductRequest: { data: [line(1, 1), line(2, 1)] } });
  assert.equal(more.length, 2);
  const product_attachment_id = first.id;
  await two.updateDealProduct({ id, product_attachment_id, UpdateDealProductRequest: { quantity: 3 } });
  assert.equal((await two.getDeal({ id })).value, 33);
  assert.deepEqual(ids(await two.getDealProducts({ id })), [first.id, ...ids(more)]);
  assert.deepEqual(ids(await two.getDealsProducts({ deal_ids: [id] })), [first.id, ...ids(more)]);
  assert.deepEqual(ids(await one.getProductDeals({ id: product.id })), [id]);

  const discount = { description: "Season", amount: 10, type: "percentage" };
  const { id: discount_id } = await two.postAdditionalDiscount({ id, AddAdditionalDiscountRequestBody: discount });
  assert.equal((await two.getDeal({ id })).value, 29.7);
  const changed = { id, discount_id, UpdateAdditionalDiscountRequestBody: { amount: 20 } };
  assert.equal((await two.updateAdditionalDiscount(changed)).amount, 20);
  assert.deepEqual(ids(await two.getAdditionalDiscounts({ id })), [discount_id]);
  await two.deleteAdditionalDiscount({ id, discount_id });
  assert.equal((await two.getDeal({ id })).value, 33);

  // Twice: before 33, installments were in two classes of the client.
  for (const description of ["Deposit", "Rest"]) {
    const installment = { description, amount: 11, billing_date: "2030-03-04" };
    const { id: installment_id } = await two.postInstallment({ id, AddInstallmentRequestBody: installment });
    const update = { id, installment_id, UpdateInstallmentRequestBody: { ...installment, amount: 12 } };
    assert.equal((await two.updateInstallment(update)).amount, 12);
    assert.deepEqual(ids(await two.getInstallments({ deal_ids: [id] })), [installment_id]);
    await two.deleteInstallment({ id, installment_id });
    assert.deepEqual(await two.getInstallments({ deal_ids: [id] }), []);
  }
  await two.deleteDealProduct({ id, product_attachment_id });
  await two.deleteManyDealProducts({ id, ids: ids(more).join(",") });
  assert.deepEqual(await two.getDealProducts({ id }), []);
}

async function around(me) {
  const { id } = await add({ value: 5 });
  const person = await two.addPerson({ AddPersonRequest: { name: `${word} guest` } });
  await one.addDealParticipant({ id, AddDealParticipantRequest: { person_id: person.id } });
  const [participant] = await one.getDealParticipants({ id });
  assert.equal(participant.person_id.value, person.id);
  await one.deleteDealParticipant({ id, deal_participant_id: participant.id });
  const log = await one.getDealParticipantsChangelog({ id });
  assert.equal(log.length, 2);

  await one.addDealFollower({ id, AddDealFollowerRequest: { user_id: me.id } });
  await two.deleteDealFollower({ id, follower_id: me.id });
  assert.equal(await one.getDealFollowers({ id }), null);
  await one.addFile({ file: new File(["text"], "offer.txt"), deal_id: id });
  assert.equal((await one.getDealFiles({ id })).length, 1);
  assert.equal(await one.getDealMailMessages({ id }), null);
  assert.ok((await one.getDealUsers({ id })).includes(me.id));

  const copy = await one.duplicateDeal({ id });
  assert.equal(copy.value, 5);
  await one.mergeDeals({ id: copy.id, MergeDealsRequest: { merge_with_id: id } });
  await two.refusal.getDeal({ id: copy.id });
}

async function conversions() {
  // Each way twice: before 33, conversions were in two classes of the client.
  for (let round = 0; round < 2; round += 1) {
    const person = await two.addPerson({ AddPersonRequest: { name: `${word} prospect` } });
    const deal = await add({ person_id: person.id, value: 70, currency: "EUR" });
    const { conversion_id } = await two.convertDealToLead({ id: deal.id });
    const done = await until(async () => {
      const state = await two.getDealConversionStatus({ id: deal.id, conversion_id });
      return state.status === "completed" && state;
    });
    const lead = await one.getLead({ id: done.lead_id });
    assert.deepEqual([lead.title, lead.value], [`${word} deal`, { amount: 70, currency: "EUR" }]);

    const back = await two.convertLeadToDeal({ id: lead.id, ConvertLeadToDealRequest: {} });
    const made = await until(async () => {
      const state = await two.getLeadConversionStatus({ id: lead.id, conversion_id: back.conversion_id });
      return state.status === "completed" && state;
    });
    assert.deepEqual([(await two.getDeal({ id: made.deal_id })).person_id], [person.id]);
  }
}

async function reports() {
  const pipeline = await two.addPipeline({ AddPipelineRequest: { name: `${word} pipeline` } });
  const [first, second] = [
    await two.addStage({ AddStageRequest: { name: "First", pipeline_id: pipeline.id } }),
    await two.addStage({ AddStageRequest: { name: "Second", pipeline_id: pipeline.id } }),
  ];
  const [won, moved] = [await add({ stage_id: first.id, value: 30 }), await add({ stage_id: first.id, value: 12 })];
  await two.updateDeal({ id: moved.id, UpdateDealRequest: { stage_id: second.id } });
  await two.updateDeal({ id: won.id, UpdateDealRequest: { status: "won" } });
  const summary = await one.getDealsSummary({ pipeline_id: pipeline.id, status: "won" });
  assert.equal(summary.total_count, 1);
  const today = new Date().toISOString().slice(0, 10);
  const timeline = { start_date: today, interval: "day", amount: 2, field_key: "add_time", pipeline_id: pipeline.id };
  assert.equal((await one.getDealsTimeline(timeline))[0].totals.count, 2);
  assert.deepEqual(ids(await one.getPipelineDeals({ id: pipeline.id })), [moved.id]);
  assert.deepEqual(ids(await one.getStageDeals({ id: second.id })), [moved.id]);
  const { won_conversion } = await one.getPipelineConversionStatistics({ id: pipeline.id, ...DAYS });
  assert.equal(typeof won_conversion, "number");
  const movements = await one.getPipelineMovementStatistics({ id: pipeline.id, ...DAYS });
  assert.equal(movements.won_deals.count, 1);

  await two.updateStage({ id: second.id, UpdateStageRequest: { name: "Last" } });
  assert.equal((await two.getStage({ id: second.id })).name, "Last");
  assert.deepEqual(ids(await two.getStages({ pipeline_id: pipeline.id })), [first.id, second.id]);
  await two.updatePipeline({ id: pipeline.id, UpdatePipelineRequest: { name: `${word} renamed` } });
  assert.equal((await two.getPipeline({ id: pipeline.id })).name, `${word} renamed`);
  assert.ok(ids(await two.getPipelines()).includes(pipeline.id));
  await two.deleteStage({ id: first.id });
  await two.deletePipeline({ id: pipeline.id });
  assert.ok(!ids(await two.getPipelines()).includes(pipeline.id));
}

async function pipelinesInV1() {
  const { id } = await one.addPipeline({ PipelineRequest: { name: `${word} v1` } });
  await one.updatePipeline({ id, PipelineRequest1: { name: `${word} v1 again` } });
  assert.equal((await one.getPipeline({ id })).name, `${word} v1 again`);
  assert.ok(ids(await one.getPipelines()).includes(id));
  const stages = [];
  for (const name of ["A", "B", "C"]) stages.push((await one.addStage({ AddStageRequest: { name, pipeline_id: id } })).id);
  await one.updateStage({ id: stages[0], UpdateStageRequest: { name: "Z" } });
  assert.equal((await one.getStage({ id: stages[0] })).name, "Z");
  assert.deepEqual(ids(await one.getStages({ pipeline_id: id })), stages);
  await one.deleteStage({ id: stages[0] });
  await one.deleteStages({ ids: String(stages[1]) });
  assert.deepEqual(ids(await one.getStages({ pipeline_id: id })), [stages[2]]);
  await one.deletePipeline({ id });
}

async function main() {
  const me = await one.getCurrentUser();
  if (one.addDeal) await inV1();
  if (one.addPipeline) await pipelinesInV1();
  await inV2();
  await amounts();
  await around(me);
  await conversions();
  await reports();
  return {};
}

run(main);
