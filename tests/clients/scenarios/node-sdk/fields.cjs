// Fields of every kind of record, with Pipedrive's own Node client: built in and custom, with their options, in both versions.
"use strict";

const assert = require("node:assert/strict");
const { one, two, run, word } = require("./sdk.cjs");

const KINDS = ["Deal", "Organization", "Person", "Product"];
const labels = (options) => options.map((option) => option.label);

async function inV1(kind) {
  const [create, update] =
    kind === "Product" ? ["ProductFieldAllOf", "UpdateProductFieldResponse"] : ["CreateFieldRequest", "UpdateFieldRequest"];
  const add = (name, field_type, more) =>
    one[`add${kind}Field`]({ [create]: { name: `${word} ${name}`, field_type, ...more } });
  const read = (id) => one[`get${kind}Field`]({ id });

  const field = await add("choice", "enum", { options: [{ label: "Red" }, { label: "Blue" }] });
  const { options } = await read(field.id);
  assert.deepEqual(labels(options), ["Red", "Blue"]);
  const changed = { name: `${word} colour`, options: [{ id: options[0].id, label: "Crimson" }, { label: "Green" }] };
  await one[`update${kind}Field`]({ id: field.id, [update]: changed });
  const after = await read(field.id);
  assert.equal(after.name, `${word} colour`);
  assert.deepEqual(labels(after.options), ["Crimson", "Green"]);
  assert.equal(after.options[0].id, options[0].id);
  assert.ok((await one[`get${kind}Fields`]({ limit: 500 })).some((each) => each.id === field.id));

  assert.equal((await one[`delete${kind}Field`]({ id: field.id })).id, field.id);
  const others = [await add("first", "varchar"), await add("second", "double")].map((each) => each.id);
  assert.deepEqual((await one[`delete${kind}Fields`]({ ids: others.join(",") })).id, others);
  const left = (await one[`get${kind}Fields`]({ limit: 500 })).map((each) => each.id);
  for (const id of [field.id, ...others]) assert.ok(!left.includes(id));
}

async function inV2(kind) {
  const call = (action, parameters) => two[`${action}${kind}Field${action.endsWith("s") ? "Options" : ""}`](parameters);
  const field = await call("add", {
    [`Add${kind}FieldRequest`]: { field_name: `${word} shade`, field_type: "set", options: [{ label: "Light" }] },
  });
  const { field_code } = field;
  assert.match(field_code, /^[0-9a-f]{40}$/);
  const options = (action, request) =>
    two[`${action}${kind}FieldOptions`]({ field_code, [`${action[0].toUpperCase()}${action.slice(1)}DealFieldOptionsRequestInner`]: request });
  const read = () => two[`get${kind}Field`]({ field_code });

  await options("add", [{ label: "Dark" }, { label: "Black" }]);
  const [light, dark, black] = (await read()).options;
  assert.deepEqual(labels([light, dark, black]), ["Light", "Dark", "Black"]);
  await options("update", [{ id: light.id, label: "Bright" }]);
  await options("delete", [{ id: black.id }]);
  await call("update", { field_code, [`Update${kind}FieldRequest`]: { field_name: `${word} tone` } });
  const after = await read();
  assert.deepEqual([after.field_name, labels(after.options)], [`${word} tone`, ["Bright", "Dark"]]);
  assert.deepEqual(after.options.map((option) => option.id), [light.id, dark.id]);

  const listed = async () => (await two[`get${kind}Fields`]({ limit: 500 })).map((each) => each.field_code);
  assert.ok((await listed()).includes(field_code));
  await call("delete", { field_code });
  assert.ok(!(await listed()).includes(field_code));
}

// Kinds whose fields cannot be changed.
async function readOnly() {
  const subject = await two.getActivityField({ field_code: "subject" });
  assert.equal(subject.field_code, "subject");
  assert.ok((await two.getActivityFields({ limit: 500 })).some((field) => field.field_code === "subject"));
  for (const [fields, key] of [
    [await one.getActivityFields(), "subject"],
    [await one.getNoteFields(), "content"],
    [await one.getLeadFields(), "title"],
  ]) {
    assert.equal(fields.filter((field) => field.key === key).length, 1);
  }
}

async function main() {
  for (const kind of KINDS) {
    await inV1(kind);
    await inV2(kind);
  }
  if (two.addProjectField) await inV2("Project");
  // Projects' fields are in two classes of the client.
  if (two.addProjectField) await inV2("Project");
  await readOnly();
  return { kinds: KINDS.length };
}

run(main);
