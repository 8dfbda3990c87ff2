// Activepieces' piece for Pipedrive, unchanged: its action with what it offers to choose, and all its triggers, each told by
// a real delivery. What stands around a piece there (the store, the address of webhooks, the access) is here.
"use strict";

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const { pipedrive } = require("@activepieces/piece-pipedrive");
const { openReceiver, until } = require("../receiving.cjs");

const server = process.env.DEALWRIGHT_URL;
const authentication = { access_token: process.env.DEALWRIGHT_ACCESS_TOKEN, data: { api_domain: server } };
const word = `story${randomBytes(4).toString("hex")}`;

// What happens beside the piece, as the user.
async function call(method, path, body) {
  const headers = { "x-api-token": process.env.DEALWRIGHT_TOKEN, "content-type": "application/json" };
  const answer = await fetch(`${server}${path}`, { method, headers, body: JSON.stringify(body) });
  assert.equal(answer.ok, true, `${method} ${path}: ${answer.status}`);
  return (await answer.json()).data;
}

async function addPerson() {
  const { run, props } = pipedrive._actions.add_person;
  const owners = await props.owner_id.options({ authentication });
  const organizations = await props.org_id.options({ authentication });
  assert.deepEqual([owners.disabled, organizations.disabled], [false, false]);
  const values = {
    name: `${word} ada`,
    owner_id: owners.options[0].value,
    org_id: organizations.options[0].value,
    email: "ada@mill.example",
    phone: "+1 555 0100",
    marketing_status: "no_consent",
  };
  const person = await run({ propsValue: { authentication, ...values } });
  assert.deepEqual([person.name, person.email[0].value, person.phone[0].value], [values.name, values.email, values.phone]);
  const read = await call("GET", `/api/v2/persons/${person.id}`);
  assert.deepEqual([read.owner_id, read.org_id], [values.owner_id, values.org_id]);
  return person.id;
}

// Each trigger with what makes it fire, and the id that it must hand on.
function events(person, deal) {
  const title = `${word} order`;
  return {
    new_person: async () => (await call("POST", "/api/v2/persons", { name: `${word} bo` })).id,
    new_deal: async () => (await call("POST", "/api/v2/deals", { title })).id,
    new_activity: async () => (await call("POST", "/api/v2/activities", { subject: `${word} visit` })).id,
    updated_person: async () => (await call("PATCH", `/api/v2/persons/${person}`, { name: `${word} eve` })).id,
    updated_deal: async () => (await call("PATCH", `/api/v2/deals/${deal}`, { title: `${title} again` })).id,
  };
}

async function main() {
  const { address, requests } = await openReceiver();
  const person = await addPerson();
  const deal = (await call("POST", "/api/v2/deals", { title: `${word} deal` })).id;
  const triggers = Object.keys(pipedrive._triggers);
  assert.deepEqual(triggers, Object.keys(events()));
  for (const [name, makeHappen] of Object.entries(events(person, deal))) {
    const trigger = pipedrive._triggers[name];
    const kept = new Map();
    const store = { put: async (key, value) => kept.set(key, value), get: async (key) => kept.get(key) };
    const webhookUrl = `${address}/${name}`;
    const context = { propsValue: { authentication }, store, webhookUrl };
    await trigger.onEnable(context);
    const id = await makeHappen();
    const { body } = await until(() => requests.find(({ url }) => url === `/${name}`));
    const [found] = await trigger.run({ ...context, payload: { body } });
    assert.equal(found.id, id);
    await trigger.onDisable(context);
    assert.deepEqual((await call("GET", "/v1/webhooks")).filter((hook) => hook.subscription_url === webhookUrl), []);
  }
  return { actions: Object.keys(pipedrive._actions), triggers };
}

main()
  .then((summary) => {
    console.log(JSON.stringify(summary));
    process.exit(0);
  })
  .catch((error) => {
    console.error(error.response?.data ?? error.response?.body ?? error);
    process.exit(1);
  });
