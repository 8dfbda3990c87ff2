// Features around records, with Pipedrive's own Node client: custom fields of every type, followers, leads,
// products, history, filters, searches, merging, files and pictures.
//
// Whatever is read back is asserted here; what only one version of the client has is read where it is there.
"use strict";

const assert = require("node:assert/strict");
const { File } = require("node:buffer");
const { randomBytes } = require("node:crypto");
const { one, two, run, word } = require("./sdk.cjs");

// A red PNG of 300 by 200 pixels.
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAASwAAADIAQMAAABoEU4WAAAAA1BMVEXIAAA4xvoiAAAAHklEQVR42u3BMQEAAADCoPVPbQdvoAAAAAAAAADgNx54AAG94zQeAAAAAElFTkSuQmCC",
  "base64",
);

function addDeal(properties) {
  return two.addDeal({ AddDealRequest: properties });
}

function addPerson(properties) {
  return two.addPerson({ AddPersonRequest: properties });
}

// A value of every type of custom field: flat in v1, by the ending that is added to the key, and nested in v2.
async function everyType(me) {
  const person = await addPerson({ name: `${word} Field` });
  const organization = await two.addOrganization({ AddOrganizationRequest: { name: `${word} Field` } });
  const zone = { timezone_id: 318, timezone_name: "Europe/London" };
  const simple = {
    varchar: "Short",
    varchar_auto: "Guessed",
    text: "Long\nand longer",
    phone: "+1 555 0101",
    double: 1.25,
    date: "2030-02-28",
    user: me.id,
    people: person.id,
    org: organization.id,
  };
  const split = {
    monetary: [{ "": 500.5, _currency: "USD" }, { value: 500.5, currency: "USD" }],
    daterange: [{ "": "2030-01-01", _until: "2030-02-01" }, { value: "2030-01-01", until: "2030-02-01" }],
    time: [{ "": "09:00:00", _timezone_id: 318 }, { value: "09:00:00", ...zone }],
    timerange: [
      { "": "09:00:00", _until: "10:30:00", _timezone_id: 318 },
      { value: "09:00:00", until: "10:30:00", ...zone },
    ],
  };
  return { ...Object.fromEntries(Object.entries(simple).map(([type, value]) => [type, [{ "": value }, value]])), ...split };
}

async function customFields(me) {
  const add = (field_type, options) =>
    one.addDealField({ CreateFieldRequest: { name: `${word} ${field_type}`, field_type, ...options } });
  const flat = {};
  const nested = {};
  for (const [type, [inV1, inV2]] of Object.entries(await everyType(me))) {
    const { key } = await add(type);
    for (const [ending, value] of Object.entries(inV1)) flat[key + ending] = value;
    nested[key] = inV2;
  }
  for (const type of ["enum", "set"]) {
    const { id, key } = await add(type, { options: [{ label: "First" }, { label: "Second" }] });
    const [first, second] = (await one.getDealField({ id })).options.map((option) => option.id);
    flat[key] = type === "enum" ? String(second) : `${first},${second}`;
    nested[key] = type === "enum" ? second : [first, second];
  }
  const address = await add("address");
  flat[address.key] = "Main Street 1, Springfield";

  nested[address.key] = { value: flat[address.key] };
  const writtenNested = await addDeal({ title: `${word} nested`, custom_fields: nested });
  const { id } = writtenNested;
  const shown = (await two.getDeal({ id })).custom_fields;
  for (const [key, value] of Object.entries(nested)) {
    if (key === address.key) assert.equal(shown[key].value, value.value);
    else assert.deepEqual(shown[key], value);
  }
  const nothing = Object.fromEntries(Object.keys(nested).map((key) => [key, null]));
  if (one.addDeal) await inTheOtherVersion(flat, shown, writtenNested, nothing);
  await two.updateDeal({ id, UpdateDealRequest: { custom_fields: nothing } });
  const emptied = (await two.getDeal({ id })).custom_fields;
  for (const key of Object.keys(nested)) assert.equal(emptied[key], null);
  return Object.keys(nested).length;
}

// What is written in one version is seen in the other, and so is a value that is emptied.
async function inTheOtherVersion(flat, nested, writtenNested, nothing) {
  const writtenFlat = await one.addDeal({ AddDealRequest: { title: `${word} flat`, ...flat } });
  for (const { id } of [writtenFlat, writtenNested]) {
    const inV1 = await one.getDeal({ id });
    for (const [name, value] of Object.entries(flat)) assert.equal(inV1[name], value, name);
  }
  const shown = (await two.getDeal({ id: writtenFlat.id })).custom_fields;
  for (const key of Object.keys(nothing)) assert.deepEqual(shown[key], nested[key]);
  await one.updateDeal({ id: writtenFlat.id, UpdateDealRequest: nothing });
  const emptied = (await two.getDeal({ id: writtenFlat.id })).custom_fields;
  await two.updateDeal({ id: writtenNested.id, UpdateDealRequest: { custom_fields: nothing } });
  const emptiedV1 = await one.getDeal({ id: writtenNested.id });
  for (const key of Object.keys(nothing)) assert.deepEqual([emptied[key], emptiedV1[key]], [null, null]);
}

async function followers(me) {
  const { id } = await addDeal({ title: `${word} followed` });
  await two.addDealFollower({ id, AddDealFollowerRequest: { user_id: me.id } });
  const [follower] = await one.getDealFollowers({ id });
  assert.equal(follower.user_id, me.id);
  assert.equal(follower.deal_id, id);
  assert.equal((await two.getDeal({ id, include_fields: "followers_count" })).followers_count, 1);
  await one.deleteDealFollower({ id, follower_id: follower.id });
  assert.deepEqual(await two.getDealFollowers({ id }), []);
  const log = await two.getDealFollowersChangelog({ id });
  assert.deepEqual(log.map((entry) => entry.action), ["added", "removed"]);
}

async function leadsAndProducts() {
  const person = await addPerson({ name: `${word} Lead` });
  const asked = { title: `${word} lead`, person_id: person.id, value: { amount: 3000, currency: "EUR" } };
  const lead = await one.addLead({ AddLeadRequest: asked });
  assert.match(lead.id, /^[0-9a-f-]{36}$/);
  const changed = await one.updateLead({ id: lead.id, UpdateLeadRequest: { was_seen: true } });
  assert.equal(changed.was_seen, true);
  assert.deepEqual(changed.value, asked.value);
  assert.equal((await one.getLead({ id: lead.id })).person_id, person.id);

  const prices = [{ currency: "EUR", price: 12.5 }];
  const product = await two.addProduct({ AddProductRequest: { name: `${word} product`, code: "P-1", prices } });
  assert.equal(product.prices[0].price, 12.5);
  await two.updateProduct({ id: product.id, UpdateProductRequest: { name: `${word} renamed` } });
  for (const client of [one, two]) {
    const read = client.getProduct && (await client.getProduct({ id: product.id }));
    if (read) assert.deepEqual([read.name, read.prices[0].currency], [`${word} renamed`, "EUR"]);
  }

  const found = await one.searchLeads({ term: asked.title });
  assert.deepEqual(found.items.map(({ item }) => item.id), [lead.id]);
}

async function history() {
  const { id } = await addDeal({ title: `${word} before`, value: 1 });
  await two.updateDeal({ id, UpdateDealRequest: { title: `${word} after`, value: 2 } });
  const changes = await one.getDealChangelog({ id });
  const values = Object.fromEntries(changes.map((change) => [change.field_key, [change.old_value, change.new_value]]));
  assert.deepEqual(values.title, [`${word} before`, `${word} after`]);
  assert.deepEqual(values.value, ["1", "2"]);
  await one.addNote({ AddNoteRequest: { content: "Remember", deal_id: id } });
  const flow = await one.getDealUpdates({ id });
  assert.ok(flow.some((entry) => entry.object === "note" && entry.data.content === "Remember"));
  assert.ok(flow.some((entry) => entry.object === "dealChange" && entry.data.field_key === "title"));
}

async function filtersAndSearches() {
  const { id } = await addDeal({ title: `${word} needle`, value: 77 });
  const title = (await one.getDealFields()).find((field) => field.key === "title");
  const condition = { object: "deal", field_id: String(title.id), operator: "=", value: `${word} needle` };
  const conditions = {
    glue: "and",
    conditions: [
      { glue: "and", conditions: [condition] },
      { glue: "or", conditions: [] },
    ],
  };
  const filter = await one.addFilter({ AddFilterRequest: { name: word, type: "deals", conditions } });
  for (const deals of [one, two].filter((client) => client.getDeals)) {
    assert.deepEqual((await deals.getDeals({ filter_id: filter.id })).map((deal) => deal.id), [id]);
    const found = await deals.searchDeals({ term: `${word} needle` });
    assert.deepEqual(found.items.map(({ item }) => [item.type, item.id]), [["deal", id]]);
  }
  const found = await two.searchItem({ term: `${word} needle`, item_types: "deal" });
  assert.equal(found.items[0].item.title, `${word} needle`);
  await one.deleteFilter({ id: filter.id });
}

async function merging() {
  const gone = await addPerson({ name: `${word} Gone`, emails: [{ value: "gone@story.example", primary: true }] });
  const kept = await addPerson({ name: `${word} Kept` });
  const deal = await addDeal({ title: `${word} moved`, person_id: gone.id });
  await one.mergePersons({ id: gone.id, MergePersonsRequest: { merge_with_id: kept.id } });
  assert.equal((await two.getDeal({ id: deal.id })).person_id, kept.id);
  const merged = await two.getPerson({ id: kept.id });
  assert.deepEqual([merged.name, merged.emails[0].value], [`${word} Kept`, "gone@story.example"]);
  await two.refusal.getPerson({ id: gone.id });
}

// A file is uploaded and downloaded unchanged.
async function fileRoundTrip() {
  const { id } = await addDeal({ title: `${word} filed` });
  const content = randomBytes(300_000);
  const name = "Größe & Maß.bin";
  const file = await one.addFile({ file: new File([content], name), deal_id: id });
  assert.deepEqual([file.name, file.file_size, file.deal_id], [name, content.length, id]);
  assert.ok(content.equals(Buffer.from(await one.answer.downloadFile({ id: file.id }))));
  assert.deepEqual((await one.getDealFiles({ id })).map((each) => each.id), [file.id]);
  return content.length;
}

// Returns width and height of a JPEG, from its frame header.
function jpegSize(content) {
  let at = 2;
  while (content[at + 1] < 0xc0 || content[at + 1] > 0xc2) at += 2 + content.readUInt16BE(at + 2);
  return [content.readUInt16BE(at + 7), content.readUInt16BE(at + 5)];
}

async function picture() {
  const { id } = await addPerson({ name: `${word} Picture` });
  const file = new File([PICTURE], "red.png", { type: "image/png" });
  await one.addPersonPicture({ id, file, crop_x: 20, crop_y: 10, crop_width: 150, crop_height: 150 });
  const { pictures } = await two.getPersonPicture({ id });
  const sizes = [];
  for (const edge of ["128", "512"]) {
    const answer = await fetch(pictures[edge]);
    assert.equal(answer.status, 200);
    sizes.push(jpegSize(Buffer.from(await answer.arrayBuffer())));
  }
  return sizes;
}

async function main() {
  const me = await one.getCurrentUser();
  const field_types = await customFields(me);
  await followers(me);
  await leadsAndProducts();
  await history();
  await filtersAndSearches();
  await merging();
  return { field_types, file_size: await fileRoundTrip(), picture_sizes: await picture() };
}

run(main);
