// Persons and organizations, with Pipedrive's own Node client in both versions of the API.
"use strict";

const assert = require("node:assert/strict");
const { File } = require("node:buffer");
const { one, two, run, word } = require("./sdk.cjs");

const ids = (records) => records.map((record) => record.id);
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4IcoAAAMiASXBUjALAAAAAElFTkSuQmCC",
  "base64",
);
// What persons and organizations have in common, by the names in the client's methods.
const KINDS = [
  { kind: "Person", kinds: "Persons", search: "searchPersons", link: "person_id" },
  { kind: "Organization", kinds: "Organizations", search: "searchOrganization", link: "org_id" },
];

function add(kind, properties) {
  return two[`add${kind}`]({ [`Add${kind}Request`]: properties });
}

async function inV2({ kind, kinds, search }) {
  const { id } = await add(kind, { name: `${word} ${kind} two` });
  const changed = { id, [`Update${kind}Request`]: { name: `${word} ${kind} renamed` } };
  assert.equal((await two[`update${kind}`](changed)).name, `${word} ${kind} renamed`);
  assert.equal((await two[`get${kind}`]({ id })).name, `${word} ${kind} renamed`);
  assert.deepEqual(ids(await two[`get${kinds}`]({ ids: String(id) })), [id]);
  const found = await two[search]({ term: `${word} ${kind} renamed` });
  assert.deepEqual(found.items.map(({ item }) => item.id), [id]);
  assert.equal((await two[`delete${kind}`]({ id })).id, id);
  assert.deepEqual(await two[`get${kinds}`]({ ids: String(id) }), []);
}

async function inV1({ kind, kinds, search }) {
  const request = (action, properties) => ({ [`${action}${kind}Request`]: properties });
  const { id } = await one[`add${kind}`](request("Add", { name: `${word} ${kind} one` }));
  await one[`update${kind}`]({ id, ...request("Update", { name: `${word} ${kind} again` }) });
  assert.equal((await one[`get${kind}`]({ id })).name, `${word} ${kind} again`);
  assert.ok(ids(await one[`get${kinds}`]({ sort: "id DESC", limit: 500 })).includes(id));
  const collection = await one.answer[`get${kinds}Collection`]({ limit: 500, since: "2020-01-01 00:00:00" });
  assert.ok(collection.data.length > 0 && "next_cursor" in collection.additional_data);
  const found = await one[search]({ term: `${word} ${kind} again` });
  assert.deepEqual(found.items.map(({ item }) => item.id), [id]);
  const other = await one[`add${kind}`](request("Add", { name: `${word} ${kind} other` }));
  assert.equal((await one[`delete${kind}`]({ id })).id, id);
  assert.deepEqual((await one[`delete${kinds}`]({ ids: String(other.id) })).id, [other.id]);
  await two.refusal[`get${kind}`]({ id: other.id });
}

// What hangs on a record: files, deals, activities, followers, who may see it, mail, what has happened.
async function around({ kind, link }, me) {
  const { id } = await add(kind, { name: `${word} ${kind} centre` });
  const deal = await two.addDeal({ AddDealRequest: { title: `${word} deal`, [link]: id } });
  const participants = kind === "Person" ? { participants: [{ person_id: id, primary: true }] } : { [link]: id };
  const activity = await two.addActivity({ AddActivityRequest: { subject: `${word} visit`, ...participants } });
  const file = await one.addFile({ file: new File(["some text"], "note.txt"), [link]: id });
  assert.deepEqual(ids(await one[`get${kind}Files`]({ id })), [file.id]);
  if (one[`get${kind}Deals`]) {
    assert.deepEqual(ids(await one[`get${kind}Deals`]({ id })), [deal.id]);
    assert.deepEqual(ids(await one[`get${kind}Activities`]({ id })), [activity.id]);
  }
  assert.equal(await one[`get${kind}MailMessages`]({ id }), null);
  assert.ok((await one[`get${kind}Users`]({ id })).includes(me.id));

  const followed = await one[`add${kind}Follower`]({ id, [`Add${kind}FollowerRequest`]: { user_id: me.id } });
  assert.equal(followed.user_id, me.id);
  const [follower] = await one[`get${kind}Followers`]({ id });
  await one[`delete${kind}Follower`]({ id, follower_id: follower.id });
  await two[`add${kind}Follower`]({ id, AddDealFollowerRequest: { user_id: me.id } });
  assert.deepEqual((await two[`get${kind}Followers`]({ id })).map((each) => each.user_id), [me.id]);
  await two[`delete${kind}Follower`]({ id, follower_id: me.id });
  const log = await two[`get${kind}FollowersChangelog`]({ id });
  assert.deepEqual(log.map((entry) => entry.action), ["added", "removed", "added", "removed"]);

  await two[`update${kind}`]({ id, [`Update${kind}Request`]: { name: `${word} ${kind} moved` } });
  const changes = await one[`get${kind}Changelog`]({ id });
  assert.ok(changes.some((change) => change.field_key === "name" && change.new_value === `${word} ${kind} moved`));
  const updates = await one[`get${kind}Updates`]({ id });
  const kept = updates.map((entry) => entry.object);
  for (const object of ["deal", "plannedActivity", "file"]) assert.ok(kept.includes(object), `${object} in ${kept}`);
  return deal;
}

async function personsOnly() {
  const organization = await add("Organization", { name: `${word} employer` });
  const { id } = await add("Person", { name: `${word} employee`, org_id: organization.id });
  if (one.getOrganizationPersons) assert.deepEqual(ids(await one.getOrganizationPersons({ id: organization.id })), [id]);
  await one.addPersonPicture({ id, file: new File([PICTURE], "dot.png", { type: "image/png" }) });
  assert.ok((await two.getPersonPicture({ id })).pictures["128"]);
  await one.deletePersonPicture({ id });
  await two.refusal.getPersonPicture({ id });

  const product = await two.addProduct({ AddProductRequest: { name: `${word} thing` } });
  const deal = await two.addDeal({ AddDealRequest: { title: `${word} sale`, person_id: id } });
  const line = { product_id: product.id, item_price: 5, quantity: 2 };
  await two.addDealProduct({ id: deal.id, AddDealProductRequest: line });
  const products = await one.getPersonProducts({ id });
  assert.ok(JSON.stringify(products).includes(`${word} thing`));
}

async function organizationsOnly() {
  const [parent, child] = [await add("Organization", { name: `${word} parent` }), await add("Organization", { name: `${word} child` })];
  const relation = { type: "parent", rel_owner_org_id: parent.id, rel_linked_org_id: child.id };
  const { id } = await one.addOrganizationRelationship({ AddOrganizationRelationshipRequest: relation });
  assert.equal((await one.getOrganizationRelationship({ id })).rel_owner_org_id.value, parent.id);
  assert.deepEqual(ids(await one.getOrganizationRelationships({ org_id: child.id })), [id]);
  await one.updateOrganizationRelationship({ id, OrganizationRelationship: { ...relation, type: "related" } });
  assert.equal((await one.getOrganizationRelationship({ id })).type, "related");
  await one.deleteOrganizationRelationship({ id });
  assert.equal(await one.getOrganizationRelationships({ org_id: child.id }), null);

  await one.mergeOrganizations({ id: child.id, MergeOrganizationsRequest: { merge_with_id: parent.id } });
  await two.refusal.getOrganization({ id: child.id });
}

async function main() {
  const me = await one.getCurrentUser();
  for (const each of KINDS) {
    await inV2(each);
    if (one[`add${each.kind}`]) await inV1(each);
    await around(each, me);
  }
  await personsOnly();
  await organizationsOnly();
  return { kinds: KINDS.length };
}

run(main);
