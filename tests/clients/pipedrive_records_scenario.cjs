// Features around records, with Pipedrive's own Node client: custom fields of every type, followers, leads,
// products, history, filters, searches, merging, files and pictures.
//
// Needs DEALWRIGHT_URL and DEALWRIGHT_TOKEN, and the package `pipedrive` on NODE_PATH (which only CommonJS reads).
// Whatever is read back is asserted here; the last line of output is a JSON summary for the test that runs it.
"use strict";

const assert = require("node:assert/strict");
const { File } = require("node:buffer");
const { randomBytes } = require("node:crypto");
const { v1, v2 } = require("pipedrive");

const server = process.env.DEALWRIGHT_URL;
const apiKey = process.env.DEALWRIGHT_TOKEN;
const one = new v1.Configuration({ apiKey, basePath: `${server}/api/v1` });
const two = new v2.Configuration({ apiKey, basePath: `${server}/api/v2` });

const dealsOne = new v1.DealsApi(one);
const dealsTwo = new v2.DealsApi(two);
const personsOne = new v1.PersonsApi(one);
const personsTwo = new v2.PersonsApi(two);

// A unique word, for searches in a company with records of other runs.
const WORD = `story${randomBytes(4).toString("hex")}`;

// A red PNG of 300 by 200 pixels.
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAASwAAADIAQMAAABoEU4WAAAAA1BMVEXIAAA4xvoiAAAAHklEQVR42u3BMQEAAADCoPVPbQdvoAAAAAAAAADgNx54AAG94zQeAAAAAElFTkSuQmCC",
  "base64",
);

async function data(call) {
  const answer = await call;
  assert.equal(answer.success, true);
  return answer.data;
}

function addDeal(properties) {
  return data(dealsTwo.addDeal({ AddDealRequest: properties }));
}

function addPerson(properties) {
  return data(personsTwo.addPerson({ AddPersonRequest: properties }));
}

// A value of every type of custom field: flat in v1, by the ending that is added to the key, and nested in v2.
async function everyType(me) {
  const person = await addPerson({ name: `${WORD} Field` });
  const organization = await data(
    new v2.OrganizationsApi(two).addOrganization({ AddOrganizationRequest: { name: `${WORD} Field` } }),
  );
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
  const fields = new v1.DealFieldsApi(one);
  const add = (field_type, options) =>
    data(fields.addDealField({ CreateFieldRequest: { name: `${WORD} ${field_type}`, field_type, ...options } }));
  const flat = {};
  const nested = {};
  for (const [type, [inV1, inV2]] of Object.entries(await everyType(me))) {
    const { key } = await add(type);
    for (const [ending, value] of Object.entries(inV1)) flat[key + ending] = value;
    nested[key] = inV2;
  }
  for (const type of ["enum", "set"]) {
    const { id, key } = await add(type, { options: [{ label: "First" }, { label: "Second" }] });
    const [first, second] = (await data(fields.getDealField({ id }))).options.map((option) => option.id);
    flat[key] = type === "enum" ? String(second) : `${first},${second}`;
    nested[key] = type === "enum" ? second : [first, second];
  }
  const address = await add("address");
  flat[address.key] = "Main Street 1, Springfield";

  const writtenFlat = await data(dealsOne.addDeal({ AddDealRequest: { title: `${WORD} flat`, ...flat } }));
  nested[address.key] = { value: flat[address.key] };
  const writtenNested = await addDeal({ title: `${WORD} nested`, custom_fields: nested });
  for (const { id } of [writtenFlat, writtenNested]) {
    const inV1 = await data(dealsOne.getDeal({ id }));
    for (const [name, value] of Object.entries(flat)) assert.equal(inV1[name], value, name);
    const shown = (await data(dealsTwo.getDeal({ id }))).custom_fields;
    for (const [key, value] of Object.entries(nested)) {
      if (key === address.key) assert.equal(shown[key].value, value.value);
      else assert.deepEqual(shown[key], value);
    }
  }

  // A value that is emptied in one version is empty in the other.
  const nothing = Object.fromEntries(Object.keys(nested).map((key) => [key, null]));
  await data(dealsOne.updateDeal({ id: writtenFlat.id, UpdateDealRequest: nothing }));
  const emptied = (await data(dealsTwo.getDeal({ id: writtenFlat.id }))).custom_fields;
  await data(dealsTwo.updateDeal({ id: writtenNested.id, UpdateDealRequest: { custom_fields: nothing } }));
  const emptiedV1 = await data(dealsOne.getDeal({ id: writtenNested.id }));
  for (const key of Object.keys(nested)) assert.deepEqual([emptied[key], emptiedV1[key]], [null, null]);
  return Object.keys(nested).length;
}

async function followers(me) {
  const { id } = await addDeal({ title: `${WORD} followed` });
  await data(dealsTwo.addDealFollower({ id, AddDealFollowerRequest: { user_id: me.id } }));
  const [follower] = await data(dealsOne.getDealFollowers({ id }));
  assert.equal(follower.user_id, me.id);
  assert.equal(follower.deal_id, id);
  assert.equal((await data(dealsOne.getDeal({ id }))).followers_count, 1);
  await data(dealsOne.deleteDealFollower({ id, follower_id: follower.id }));
  assert.deepEqual(await data(dealsTwo.getDealFollowers({ id })), []);
  const log = await data(dealsTwo.getDealFollowersChangelog({ id }));
  assert.deepEqual(log.map((entry) => entry.action), ["added", "removed"]);
}

async function leadsAndProducts() {
  const person = await addPerson({ name: `${WORD} Lead` });
  const leads = new v1.LeadsApi(one);
  const asked = { title: `${WORD} lead`, person_id: person.id, value: { amount: 3000, currency: "EUR" } };
  const lead = await data(leads.addLead({ AddLeadRequest: asked }));
  assert.match(lead.id, /^[0-9a-f-]{36}$/);
  const changed = await data(leads.updateLead({ id: lead.id, UpdateLeadRequest: { was_seen: true } }));
  assert.equal(changed.was_seen, true);
  assert.deepEqual(changed.value, asked.value);
  assert.equal((await data(leads.getLead({ id: lead.id }))).person_id, person.id);

  const products = new v2.ProductsApi(two);
  const prices = [{ currency: "EUR", price: 12.5 }];
  const product = await data(products.addProduct({ AddProductRequest: { name: `${WORD} product`, code: "P-1", prices } }));
  assert.equal(product.prices[0].price, 12.5);
  const renamed = { id: product.id, UpdateProductRequest: { name: `${WORD} renamed` } };
  await data(products.updateProduct(renamed));
  const productV1 = await data(new v1.ProductsApi(one).getProduct({ id: product.id }));
  assert.equal(productV1.name, `${WORD} renamed`);
  assert.equal(productV1.prices[0].currency, "EUR");

  const found = await data(leads.searchLeads({ term: asked.title }));
  assert.deepEqual(found.items.map(({ item }) => item.id), [lead.id]);
}

async function history() {
  const { id } = await addDeal({ title: `${WORD} before`, value: 1 });
  await data(dealsTwo.updateDeal({ id, UpdateDealRequest: { title: `${WORD} after`, value: 2 } }));
  const changes = await data(dealsOne.getDealChangelog({ id }));
  const values = Object.fromEntries(changes.map((change) => [change.field_key, [change.old_value, change.new_value]]));
  assert.deepEqual(values.title, [`${WORD} before`, `${WORD} after`]);
  assert.deepEqual(values.value, ["1", "2"]);
  await data(new v1.NotesApi(one).addNote({ AddNoteRequest: { content: "Remember", deal_id: id } }));
  const flow = await data(dealsOne.getDealUpdates({ id }));
  assert.ok(flow.some((entry) => entry.object === "note" && entry.data.content === "Remember"));
  assert.ok(flow.some((entry) => entry.object === "dealChange" && entry.data.field_key === "title"));
}

async function filtersAndSearches() {
  const { id } = await addDeal({ title: `${WORD} needle`, value: 77 });
  const title = (await data(new v1.DealFieldsApi(one).getDealFields())).find((field) => field.key === "title");
  const condition = { object: "deal", field_id: String(title.id), operator: "=", value: `${WORD} needle` };
  const conditions = {
    glue: "and",
    conditions: [
      { glue: "and", conditions: [condition] },
      { glue: "or", conditions: [] },
    ],
  };
  const filters = new v1.FiltersApi(one);
  const filter = await data(filters.addFilter({ AddFilterRequest: { name: WORD, type: "deals", conditions } }));
  for (const deals of [dealsOne, dealsTwo]) {
    assert.deepEqual((await data(deals.getDeals({ filter_id: filter.id }))).map((deal) => deal.id), [id]);
    const found = await data(deals.searchDeals({ term: `${WORD} needle` }));
    assert.deepEqual(found.items.map(({ item }) => [item.type, item.id]), [["deal", id]]);
  }
  const found = await data(new v2.ItemSearchApi(two).searchItem({ term: `${WORD} needle`, item_types: "deal" }));
  assert.equal(found.items[0].item.title, `${WORD} needle`);
  await data(filters.deleteFilter({ id: filter.id }));
}

async function merging() {
  const gone = await addPerson({ name: `${WORD} Gone`, emails: [{ value: "gone@story.example", primary: true }] });
  const kept = await addPerson({ name: `${WORD} Kept` });
  const deal = await addDeal({ title: `${WORD} moved`, person_id: gone.id });
  await data(personsOne.mergePersons({ id: gone.id, MergePersonsRequest: { merge_with_id: kept.id } }));
  assert.equal((await data(dealsTwo.getDeal({ id: deal.id }))).person_id, kept.id);
  const merged = await data(personsTwo.getPerson({ id: kept.id }));
  assert.deepEqual([merged.name, merged.emails[0].value], [`${WORD} Kept`, "gone@story.example"]);
  await assert.rejects(personsTwo.getPerson({ id: gone.id }), (body) => body.success === false);
}

// A file is uploaded and downloaded unchanged.
async function fileRoundTrip() {
  const { id } = await addDeal({ title: `${WORD} filed` });
  const content = randomBytes(300_000);
  const name = "Größe & Maß.bin";
  const files = new v1.FilesApi(one);
  const file = await data(files.addFile({ file: new File([content], name), deal_id: id }));
  assert.deepEqual([file.name, file.file_size, file.deal_id], [name, content.length, id]);
  assert.ok(content.equals(Buffer.from(await files.downloadFile({ id: file.id }))));
  assert.deepEqual((await data(dealsOne.getDealFiles({ id }))).map((each) => each.id), [file.id]);
  return content.length;
}

// Returns width and height of a JPEG, from its frame header.
function jpegSize(content) {
  let at = 2;
  while (content[at + 1] < 0xc0 || content[at + 1] > 0xc2) at += 2 + content.readUInt16BE(at + 2);
  return [content.readUInt16BE(at + 7), content.readUInt16BE(at + 5)];
}

async function picture() {
  const { id } = await addPerson({ name: `${WORD} Picture` });
  const file = new File([PICTURE], "red.png", { type: "image/png" });
  await data(personsOne.addPersonPicture({ id, file, crop_x: 20, crop_y: 10, crop_width: 150, crop_height: 150 }));
  const { pictures } = await data(personsTwo.getPersonPicture({ id }));
  const sizes = [];
  for (const edge of ["128", "512"]) {
    const answer = await fetch(pictures[edge]);
    assert.equal(answer.status, 200);
    sizes.push(jpegSize(Buffer.from(await answer.arrayBuffer())));
  }
  return sizes;
}

async function main() {
  const me = await data(new v1.UsersApi(one).getCurrentUser());
  const field_types = await customFields(me);
  await followers(me);
  await leadsAndProducts();
  await history();
  await filtersAndSearches();
  await merging();
  console.log(JSON.stringify({ field_types, file_size: await fileRoundTrip(), picture_sizes: await picture() }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
