// n8n's trigger for Pipedrive in both of its versions: switched on, told about a deal by a real delivery, switched off.
"use strict";

const { createServer } = require("node:http");

// The address of webhooks is what an installation of n8n is given.
const received = [];
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  received.push({ url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString()) });
  response.end("{}");
});

async function until(look) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; ) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not come");
}

async function main() {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.DEALWRIGHT_HOOKS = `http://127.0.0.1:${server.address().port}/webhook`;
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
      const request = await until(() => received.find(({ url }) => trigger.url.endsWith(url)));
      const [item] = await trigger.receive(request);
      const told = typeVersion === 1 ? item.json.current : item.json.data;
      assert.deepEqual([told.id, told.title], [json.id, json.title]);
      assert.equal(await trigger.delete(), true);
      assert.equal(await trigger.exists(), false);
    }
    return { deliveries: received.length };
  });
}

main();
