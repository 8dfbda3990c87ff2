// Products and leads, with Pipedrive's own Node client in both versions of the API.
"use strict";

const assert = require("node:assert/strict");
const { File } = require("node:buffer");
const { one, two, run, word } = require("./sdk.cjs");

const ids = (records) => records.map((record) => record.id);
const image = (byte) => {
  const head = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC";
  return new File([Buffer.from(head, "base64")], `${byte}.png`, { type: "image/png" });
};

async function productsInV1() {
  const { id } = await one.addProduct({ AddProductRequest: { name: `${word} old`, code: "O-1" } });
  await one.updateProduct({ id, UpdateProductRequest: { name: `${word} older` } });
  assert.equal((await one.getProduct({ id })).name, `${word} older`);
  assert.ok(ids(await one.getProducts({ limit: 500 })).includes(id));
  assert.deepEqual((await one.searchProducts({ term: `${word} older` })).items.map(({ item }) => item.id), [id]);
  await one.deleteProduct({ id });
}

async function products(me) {
  const { id } = await two.addProduct({ AddProductRequest: { name: `${word} chair`, prices: [{ currency: "EUR", price: 8 }] } });
  await two.updateProduct({ id, UpdateProductRequest: { name: `${word} stool` } });
  assert.equal((await two.getProduct({ id })).name, `${word} stool`);
  assert.deepEqual(ids(await two.getProducts({ ids: String(id) })), [id]);
  assert.deepEqual((await two.searchProducts({ term: `${word} stool` })).items.map(({ item }) => item.id), [id]);
  const copy = await two.duplicateProduct({ id });
  assert.deepEqual([copy.id === id, copy.prices[0].price], [false, 8]);

  const variation = await two.addProductVariation({ id, AddProductVariationRequest: { name: "Green", prices: [] } });
  const product_variation_id = variation.id;
  await two.updateProductVariation({ id, product_variation_id, UpdateProductVariationRequest: { name: "Blue" } });
  assert.deepEqual((await two.getProductVariations({ id })).map((each) => each.name), ["Blue"]);
  await two.deleteProductVariation({ id, product_variation_id });
  assert.deepEqual(await two.getProductVariations({ id }), []);

  // Twice: before 33, images were in two classes of the client.
  for (const round of [1, 2]) {
    await two.uploadProductImage({ id, data: image(round) });
    const before = await two.getProductImage({ id });
    await two.updateProductImage({ id, data: image(round + 2) });
    const after = await two.getProductImage({ id });
    assert.deepEqual([before.product_id, after.product_id], [id, id]);
    assert.equal((await fetch(after.public_url)).status, 200);
    await two.deleteProductImage({ id });
    await two.refusal.getProductImage({ id });
  }

  await one.addProductFollower({ id, AddProductFollowerRequest: { user_id: me.id } });
  const [follower] = await one.getProductFollowers({ id });
  assert.equal(follower.user_id, me.id);
  await one.deleteProductFollower({ id, follower_id: follower.id });
  await two.addProductFollower({ id, AddDealFollowerRequest: { user_id: me.id } });
  assert.deepEqual((await two.getProductFollowers({ id })).map((each) => each.user_id), [me.id]);
  await two.deleteProductFollower({ id, follower_id: me.id });
  assert.equal((await two.getProductFollowersChangelog({ id })).length, 4);
  const file = await one.addFile({ file: new File(["text"], "manual.txt"), product_id: id });
  assert.deepEqual(ids(await one.getProductFiles({ id })), [file.id]);
  assert.ok((await one.getProductUsers({ id })).includes(me.id));
  await two.deleteProduct({ id });
  await two.refusal.getProduct({ id });
}

async function leads(me) {
  const label = await one.addLeadLabel({ AddLeadLabelRequest: { name: `${word} warm`, color: "red" } });
  await one.updateLeadLabel({ id: label.id, UpdateLeadLabelRequest: { color: "blue" } });
  assert.equal((await one.getLeadLabels()).find((each) => each.id === label.id).color, "blue");
  assert.ok((await one.getLeadSources()).some((source) => source.name === "API"));

  const organization = await two.addOrganization({ AddOrganizationRequest: { name: `${word} source` } });
  const asked = { title: `${word} inquiry`, organization_id: organization.id, label_ids: [label.id] };
  const { id } = await one.addLead({ AddLeadRequest: asked });
  await one.updateLead({ id, UpdateLeadRequest: { title: `${word} request` } });
  const lead = await one.getLead({ id });
  assert.deepEqual([lead.title, lead.label_ids], [`${word} request`, [label.id]]);
  assert.deepEqual(ids(await one.getLeads({ organization_id: organization.id })), [id]);
  for (const client of [one, two]) {
    const found = await client.searchLeads({ term: `${word} request` });
    assert.deepEqual(found.items.map(({ item }) => item.id), [id]);
  }
  assert.ok((await one.getLeadUsers({ id })).includes(me.id));
  await one.updateLead({ id, UpdateLeadRequest: { is_archived: true } });
  assert.deepEqual(ids(await one.getArchivedLeads({ organization_id: organization.id })), [id]);
  assert.equal((await one.deleteLead({ id })).id, id);
  await one.refusal.getLead({ id });
  await one.deleteLeadLabel({ id: label.id });
  assert.ok(!ids(await one.getLeadLabels()).includes(label.id));
}

async function main() {
  const me = await one.getCurrentUser();
  if (one.addProduct) await productsInV1();
  await products(me);
  await leads(me);
  return {};
}

run(main);
