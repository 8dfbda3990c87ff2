// Runs n8n's nodes for Pipedrive, unchanged, with n8n's own engine: what here is n8n's is its packages.
"use strict";

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const { mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

process.env.N8N_USER_FOLDER = mkdtempSync(join(tmpdir(), "n8n-"));
process.env.N8N_DIAGNOSTICS_ENABLED = "false";

const { ExecuteContext, HookContext, LoadOptionsContext, WebhookContext } = require("n8n-core");
const { Workflow, createRunExecutionData } = require("n8n-workflow");
const { PipedriveApi } = require("n8n-nodes-base/dist/credentials/PipedriveApi.credentials.js");
const { Pipedrive } = require("n8n-nodes-base/dist/nodes/Pipedrive/Pipedrive.node.js");
const { PipedriveTrigger } = require("n8n-nodes-base/dist/nodes/Pipedrive/PipedriveTrigger.node.js");

const credentials = { apiToken: process.env.DEALWRIGHT_TOKEN };
const versioned = new Pipedrive();
const trigger = new PipedriveTrigger();

// A unique word, for searches in a company with records of other runs.
const word = `story${randomBytes(4).toString("hex")}`;

// What has been done, as `2.deal.create`, `2.getDeals` for lists to choose from, or `trigger.create`.
const called = new Set();

// n8n keeps credentials in its database; all else of them is what the node's own package declares.
const credentialsHelper = {
  getParentTypes: () => [],
  isCredentialUsableByNode: () => true,
  getCredentials: async () => ({ id: "1", name: "Pipedrive" }),
  getDecrypted: async () => credentials,
  preAuthentication: async () => undefined,
  async authenticate(decrypted, _type, request) {
    const { qs } = new PipedriveApi().authenticate.properties;
    const filled = Object.entries(qs).map(([name, text]) => [
      name,
      text.replace(/^=\{\{\$credentials\.(\w+)\}\}$/, (_, key) => decrypted[key]),
    ]);
    return { ...request, qs: { ...request.qs, ...Object.fromEntries(filled) } };
  },
};

const additionalData = () => ({
  credentialsHelper,
  hooks: undefined,
  httpResponse: undefined,
  restApiUrl: "http://localhost/rest",
  webhookWaitingBaseUrl: "http://localhost/waiting",
  formWaitingBaseUrl: "http://localhost/forms",
  webhookBaseUrl: process.env.DEALWRIGHT_HOOKS,
  webhookTestBaseUrl: process.env.DEALWRIGHT_HOOKS,
  variables: {},
});

function build(name, type, typeVersion, parameters) {
  const node = {
    id: randomBytes(4).toString("hex"),
    name,
    type: name,
    typeVersion,
    position: [0, 0],
    parameters: { authentication: "apiToken", ...parameters },
    credentials: { pipedriveApi: { id: "1", name: "Pipedrive" } },
    webhookId: `hook-${randomBytes(4).toString("hex")}`,
  };
  const nodeTypes = { getByName: () => type, getByNameAndVersion: () => type, getKnownTypes: () => ({}) };
  const workflow = new Workflow({ id: "1", nodes: [node], connections: {}, active: true, nodeTypes });
  return { workflow, node: workflow.getNode(name) };
}

// Has the node of a version do an operation on one item; returns what it hands on.
async function execute(version, resource, operation, parameters, binary) {
  const type = versioned.getNodeType(version);
  const { workflow, node } = build("Pipedrive", type, version, { resource, operation, ...parameters });
  const items = [{ json: {}, ...(binary && { binary }) }];
  const input = { main: [items] };
  const context = new ExecuteContext(
    ...[workflow, node, additionalData(), "manual", createRunExecutionData(), 0, items, input],
    ...[{ node, data: input, source: null }, []],
  );
  const [found] = await type.execute.call(context);
  called.add(`${version}.${resource}.${operation}`);
  return found;
}

// Lists what can be chosen for a parameter, as n8n's editor does.
async function options(version, method, parameters = {}) {
  const type = versioned.getNodeType(version);
  const { workflow, node } = build("Pipedrive", type, version, parameters);
  const data = { ...additionalData(), currentNodeParameters: { ...node.parameters, ...parameters } };
  const found = await type.methods.loadOptions[method].call(new LoadOptionsContext(workflow, node, data, ""));
  called.add(`${version}.${method}`);
  return found;
}

// Opens the trigger: what it does when a workflow is switched on and off, and when a request comes in.
function openTrigger(typeVersion, parameters) {
  const { workflow, node } = build("Trigger", trigger, typeVersion, parameters);
  const description = { name: "default", httpMethod: "POST", path: "webhook", webhookDescription: trigger.description.webhooks[0] };
  const webhook = { ...description, node: node.name, workflowId: "1", webhookDescription: { ...description } };
  const hook = (mode) => new HookContext(workflow, node, additionalData(), "trigger", mode, webhook);
  const run = async (method, mode) => {
    called.add(`trigger.${method}`);
    return trigger.webhookMethods.default[method].call(hook(mode));
  };
  return {
    url: hook("create").getNodeWebhookUrl("default"),
    exists: () => run("checkExists", "create"),
    create: () => run("create", "create"),
    delete: () => run("delete", "manual"),
    async receive(request) {
      called.add("trigger.webhook");
      const data = { ...additionalData(), httpRequest: request, httpResponse: {} };
      const context = new WebhookContext(workflow, node, data, "trigger", webhook, [], null);
      return (await trigger.webhook.call(context)).workflowData[0];
    },
  };
}

// Lists all that the nodes offer.
function offered() {
  const found = ["checkExists", "create", "delete", "webhook"].map((method) => `trigger.${method}`);
  for (const [version, type] of Object.entries(versioned.nodeVersions)) {
    for (const property of type.description.properties.filter(({ name }) => name === "operation")) {
      for (const resource of property.displayOptions.show.resource) {
        for (const { value } of property.options) found.push(`${version}.${resource}.${value}`);
      }
    }
    found.push(...Object.keys(type.methods.loadOptions).map((method) => `${version}.${method}`));
  }
  return found;
}

function run(scenario) {
  scenario()
    .then((summary) => {
      console.log(JSON.stringify({ summary, missing: offered().filter((each) => !called.has(each)) }));
      process.exit(0);
    })
    .catch((error) => {
      console.error(error, error.cause ?? "", error.messages ?? "");
      process.exit(1);
    });
}

module.exports = { assert, execute, openTrigger, options, run, word };
