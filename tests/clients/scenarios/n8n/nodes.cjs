// Every operation of both versions of n8n's node for Pipedrive, and every list to choose from, each with its effect.
"use strict";

const { assert, execute, options, run, word } = require("./engine.cjs");

const ids = (items) => items.map(({ json }) => json.id);
const one = async (...call) => (await execute(...call))[0].json;

// Version 1 writes v1 of the API, version 2 both; what differs in parameters is here.
const ALL = { returnAll: true };
const SOME = { returnAll: false, limit: 10 };

async function contacts(version) {
  const made = {};
  for (const resource of ["organization", "person"]) {
    const id = `${resource}Id`;
    const name = `${word} ${version} ${resource}`;
    const record = await one(version, resource, "create", { name, additionalFields: {} });
    const update = { [id]: record.id, updateFields: { name: `${name} renamed` } };
    assert.equal((await one(version, resource, "update", update)).name, `${name} renamed`);
    assert.equal((await one(version, resource, "get", { [id]: record.id })).name, `${name} renamed`);
    assert.ok(ids(await execute(version, resource, "getAll", ALL)).includes(record.id));
    const found = await execute(version, resource, "search", { ...SOME, term: `${name} renamed`, additionalFields: {} });
    assert.deepEqual(ids(found), [record.id]);
    const gone = await one(version, resource, "create", { name: "Gone", additionalFields: {} });
    assert.ok(await one(version, resource, "delete", { [id]: gone.id }));
    made[resource] = record.id;
  }
  return made;
}

async function deals(version, { organization, person }) {
  const asked = { title: `${word} ${version} deal`, associateWith: "organization", org_id: organization };
  const deal = await one(version, "deal", "create", { ...asked, additionalFields: { value: 100, currency: "EUR", person_id: person } });
  const dealId = deal.id;
  const title = `${word} ${version} order`;
  assert.equal((await one(version, "deal", "update", { dealId, updateFields: { title } })).title, title);
  assert.equal((await one(version, "deal", "get", { dealId })).title, title);
  assert.ok(ids(await execute(version, "deal", "getAll", { ...ALL, filters: { status: "open" } })).includes(dealId));
  assert.deepEqual(ids(await execute(version, "deal", "search", { ...SOME, term: title, additionalFields: {} })), [dealId]);
  const copy = await one(version, "deal", "duplicate", { dealId });
  assert.equal(copy.title.startsWith(title), true);
  assert.ok(await one(version, "deal", "delete", { dealId: copy.id }));
  return dealId;
}

async function dealProducts(version, dealId, productId) {
  const line = await one(version, "dealProduct", "add", { dealId, productId, item_price: 4, quantity: 2, additionalFields: {} });
  const productAttachmentId = line.id;
  const update = { dealId, productAttachmentId, updateFields: { quantity: 5 } };
  assert.equal((await one(version, "dealProduct", "update", update)).quantity, 5);
  const listed = await execute(version, "dealProduct", "getAll", { ...ALL, dealId });
  assert.deepEqual(listed.map(({ json }) => [json.id, json.sum]), [[line.id, 20]]);
  assert.deepEqual((await options(version, "getProductsDeal", { dealId })).map(({ value }) => value), [line.id]);
  await execute(version, "dealProduct", "remove", { dealId, productAttachmentId });
  assert.deepEqual((await options(version, "getProductsDeal", { dealId })), []);
}

async function activities(version, dealId) {
  const subject = `${word} ${version} call`;
  const asked = { subject, type: "call", done: version === 1 ? "0" : false, additionalFields: { deal_id: dealId } };
  const { id: activityId } = await one(version, "activity", "create", asked);
  const changed = await one(version, "activity", "update", { activityId, updateFields: { subject: `${subject} again` } });
  assert.equal(changed.subject, `${subject} again`);
  assert.equal((await one(version, "activity", "get", { activityId })).deal_id, dealId);
  const all = await execute(version, "activity", "getAll", { ...ALL, additionalFields: {}, filters: {} });
  assert.ok(ids(all).includes(activityId));
  if (version === 1) assert.deepEqual(ids(await execute(1, "dealActivity", "getAll", { ...ALL, dealId })), [activityId]);
  assert.ok(await one(version, "activity", "delete", { activityId }));
}

async function notes(version, dealId) {
  const { id: noteId } = await one(version, "note", "create", { content: "First", additionalFields: { deal_id: dealId } });
  await execute(version, "note", "update", { noteId, updateFields: { content: "Second" } });
  assert.equal((await one(version, "note", "get", { noteId })).content, "Second");
  const about = { deal_id: dealId };
  assert.deepEqual(ids(await execute(version, "note", "getAll", { ...ALL, additionalFields: about, filters: about })), [noteId]);
  assert.ok(await one(version, "note", "delete", { noteId }));
}

async function leads(version, { organization }) {
  const asked = { title: `${word} ${version} lead`, associateWith: "organization", organization_id: organization };
  const { id: leadId } = await one(version, "lead", "create", { ...asked, additionalFields: {} });
  await execute(version, "lead", "update", { leadId, updateFields: { title: `${word} ${version} inquiry` } });
  assert.equal((await one(version, "lead", "get", { leadId })).title, `${word} ${version} inquiry`);
  const listed = await execute(version, "lead", "getAll", { ...ALL, filters: {} });
  assert.ok(ids(listed).includes(leadId));
  assert.ok(await one(version, "lead", "delete", { leadId }));
}

async function files(version, dealId) {
  const content = Buffer.from("Größe & Maß");
  const binary = { data: { data: content.toString("base64"), mimeType: "text/plain", fileName: "list.txt" } };
  const file = await one(version, "file", "create", { additionalFields: { deal_id: dealId } }, binary);
  const fileId = file.id;
  await execute(version, "file", "update", { fileId, updateFields: { name: "final.txt" } });
  const read = await one(version, "file", "get", { fileId });
  assert.deepEqual([read.name, read.file_size, read.deal_id], ["final.txt", content.length, dealId]);
  const [downloaded] = await execute(version, "file", "download", { fileId });
  assert.ok(content.equals(Buffer.from(downloaded.binary.data.data, "base64")));
  assert.ok(await one(version, "file", "delete", { fileId }));
}

async function products() {
  const { id: productId } = await one(2, "product", "create", { name: `${word} flour`, additionalFields: { code: "F-1" } });
  await execute(2, "product", "update", { productId, updateFields: { name: `${word} rye` } });
  assert.equal((await one(2, "product", "get", { productId })).name, `${word} rye`);
  assert.deepEqual(ids(await execute(2, "product", "search", { ...SOME, term: `${word} rye`, additionalFields: {} })), [productId]);
  for (const version of [1, 2]) assert.ok(ids(await execute(version, "product", "getAll", ALL)).includes(productId));
  const gone = await one(2, "product", "create", { name: "Gone", additionalFields: {} });
  assert.ok(await one(2, "product", "delete", { productId: gone.id }));
  return productId;
}

// Custom fields by the names that people know them by, both ways.
async function customFields(field, option) {
  for (const version of [1, 2]) {
    const title = `${word} ${version} fields`;
    const asked = { title, associateWith: "organization", org_id: 1 };
    const property = [{ name: field, value: option }];
    const additionalFields = version === 2 ? { customFields: { property } } : {};
    const { id: dealId } = await one(version, "deal", "create", { ...asked, additionalFields });
    if (version === 1) {
      const updateFields = { customProperties: { property } };
      await execute(1, "deal", "update", { dealId, updateFields, encodeProperties: true });
    }
    const read = await one(version, "deal", "get", { dealId, resolveProperties: true });
    assert.equal(version === 1 ? read[field] : read.custom_fields[field], option);
  }
}

// What is offered to choose from when a node is set up.
async function lists(version, organization, dealId) {
  const values = async (method, parameters) => (await options(version, method, parameters)).map(({ value }) => value);
  assert.ok((await values("getActivityTypes")).includes("call"));
  assert.ok(Array.isArray(await values("getFilters", { resource: "deal" })));
  assert.ok((await values("getUserIds", { resource: "deal" })).includes(1));
  assert.ok((await values("getStageIds", { resource: "deal" })).length > 0);
  for (const method of ["getOrganizationIds", "getDeals", "getProducts", "getPersons"]) {
    assert.ok((await values(method, { resource: "deal" })).length > 0, method);
  }
  for (const method of ["getPersonLabels", "getOrganizationLabels", "getLeadLabels", "getDealLabels"]) {
    assert.ok(Array.isArray(await values(method)), method);
  }
  if (version === 2) return;
  for (const resource of ["Organization", "Deal", "Person"]) {
    assert.ok(Array.isArray(await values(`get${resource}CustomFields`)), resource);
  }
}

run(async () => {
  const productId = await products();
  for (const version of [1, 2]) {
    const made = await contacts(version);
    const dealId = await deals(version, made);
    await dealProducts(version, dealId, productId);
    await activities(version, dealId);
    await notes(version, dealId);
    await leads(version, made);
    await files(version, dealId);
    await lists(version, made.organization, dealId);
  }
  await customFields(process.env.DEALWRIGHT_FIELD, process.env.DEALWRIGHT_OPTION);
  return {};
});
