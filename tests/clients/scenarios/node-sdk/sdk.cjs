// Pipedrive's own Node client, with one function for each of its methods, and an account of what is called.
//
// `one.getDeal({ id })` resolves to the `data` of the answer of v1, `two` is the same for v2; `one.answer.getDeal` resolves
// to the whole answer, and `one.refusal.getDeal` to the body of the failure that must come. Which class a method is in
// differs between versions of the client: where several have it, it is called in that where least has been called.
// What a version of the client no longer has is undefined.
"use strict";

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const sdk = require("pipedrive");
const { until } = require("../receiving.cjs");

const server = process.env.DEALWRIGHT_URL;
// An app's access, where a scenario is given that; else the token of a user.
const accessToken = process.env.DEALWRIGHT_ACCESS_TOKEN;
const access = accessToken ? { accessToken } : { apiKey: process.env.DEALWRIGHT_TOKEN };

// The number of calls of each method of each class, as `v1.DealsApi.getDeal`.
const calls = {};

function methodsOf(version, configuration) {
  const found = {};
  for (const [name, Class] of Object.entries(sdk[version])) {
    if (!name.endsWith("Api") || typeof Class !== "function") continue;
    const instance = new Class(configuration);
    for (const method of Object.getOwnPropertyNames(Class.prototype)) {
      if (method === "constructor") continue;
      const call = `${version}.${name}.${method}`;
      calls[call] = 0;
      (found[method] ??= []).push({ instance, call });
    }
  }
  return found;
}

function open(version) {
  const configuration = new sdk[version].Configuration({ ...access, basePath: `${server}/api/${version}` });
  const client = { answer: {}, refusal: {} };
  for (const [method, places] of Object.entries(methodsOf(version, configuration))) {
    client.answer[method] = async (parameters) => {
      const { instance, call } = places.reduce((least, each) => (calls[each.call] < calls[least.call] ? each : least));
      calls[call] += 1;
      return instance[method](parameters);
    };
    client[method] = async (parameters) => {
      const answer = await client.answer[method](parameters);
      assert.equal(answer.success, true);
      return answer.data;
    };
    client.refusal[method] = async (parameters) => {
      try {
        await client.answer[method](parameters);
      } catch (body) {
        assert.equal(body.success, false);
        return body;
      }
      throw new Error(`${version} ${method} was not refused`);
    };
  }
  return client;
}

// A unique word, for searches in a company with records of other runs.
const word = `story${randomBytes(4).toString("hex")}`;

// Runs a scenario; the last line of output is a JSON summary for the test that runs it.
function run(scenario) {
  scenario()
    .then((summary) => console.log(JSON.stringify({ summary, calls })))
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
}

module.exports = { one: open("v1"), two: open("v2"), run, server, until, word };
