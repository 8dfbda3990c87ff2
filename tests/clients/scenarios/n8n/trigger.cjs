// n8n's trigger for Pipedrive in both of its versions: switched on, told about a deal by a real delivery, switched off.
"use strict";

const { openReceiver, until } = require("../receiving.cjs");

async function main() {
  const { address, requests } = await openReceiver();
  // The address of webhooks is what an installation of n8n is given.
  process.env.DEALWRIGHT_HOOKS = `${address}/webhook`;
  const { assert, execute, openTrigger, run, word } = require("./engine.cjs");
  const deal = { title: `${word} heard`, associateWith: "organization", org_id: 1, additionalFields: {} };
  run(async () => {
    for (const [typeVersion, parameters] of [
      [1, { action: "added", object: "deal" }],
      [1.1, { action: "create", entity: "deal" }],
    ]) {
      const trigger = openTrigger(typeVersion, { incomingAuthentication: "none", ...parameters });
      assert.equal(await trigger.exists(), false);
      assert.equal(await trigger.create(), true);
      assert.equal(await trigger.exists(), true);
      const [{ json }] = await execute(2, "deal", "create", deal);
      const request = await until(() => requests.find(({ url }) => trigger.url.endsWith(url)));
      const [item] = await trigger.receive(request);
      const told = typeVersion === 1 ? item.json.current : item.json.data;
      assert.deepEqual([told.id, told.title], [json.id, json.title]);
      assert.equal(await trigger.delete(), true);
      assert.equal(await trigger.exists(), false);
    }
    return { deliveries: requests.length };
  });
}

main();
