import { expect, test } from "vitest";
import { bodyFields, fieldOf, labelOf, type Schema } from "./schema";
import { fillForm, placeErrors, placeRefusal, readForm } from "./values";

const kind = (schema: Schema): string => fieldOf("x", schema, false).kind;

test("the kind of a field follows from its schema", () => {
  expect(kind({ type: "string" })).toBe("text");
  expect(kind({ type: "string", maxLength: 65_535 })).toBe("long");
  expect(kind({ type: "string", format: "date" })).toBe("date");
  expect(kind({ type: "string", format: "binary" })).toBe("file");
  expect(kind({ enum: ["open", "won"] })).toBe("choice");
  expect(kind({ enum: [0, 1] })).toBe("flag");
  expect(kind({ type: "integer", "x-reference": "person" })).toBe("record");
  expect(kind({ type: "array", items: { type: "integer", "x-reference": "label" } })).toBe("records");
  expect(kind({ type: "array", items: { enum: ["a", "b"] } })).toBe("choices");
  expect(kind({ type: "array", items: { type: "integer" } })).toBe("list");
  expect(kind({ type: "array", items: { type: "object", properties: { a: { type: "string" } } } })).toBe("rows");
  expect(kind({ type: "object", properties: { a: { type: "string" } } })).toBe("group");
  expect(kind({ type: "object", properties: {} })).toBe("json");
});

test("what may be null is no other kind", () => {
  const field = fieldOf("value", { anyOf: [{ type: "number" }, { type: "null" }] }, false, ["data"]);
  expect([field.kind, field.nullable, field.path]).toEqual(["number", true, "data.value"]);
});

test("names are written as people write them", () => {
  expect(["expected_close_date", "org_id", "label_ids", "dealId", "period.start", "id"].map(labelOf)).toEqual(["Expected close date", "Organization", "Labels", "Deal", "Period start", "ID"]);
});

const fields = [
  fieldOf("id", { type: "integer" }, true),
  fieldOf("period.start", { type: "string" }, false),
  ...bodyFields(
    {
      type: "object",
      required: ["title"],
      properties: {
        title: { type: "string" },
        value: { anyOf: [{ type: "number" }, { type: "null" }] },
        done: { type: "boolean" },
        tags: { type: "array", items: { type: "string" } },
        place: { type: "object", properties: { street: { type: "string" }, number: { type: "integer" } } },
        emails: { type: "array", items: { type: "object", properties: { value: { type: "string" } }, required: ["value"] } },
        custom_fields: { type: "object" },
      },
    },
    true,
  ),
];

test("a form becomes parameters, and parameters a form", () => {
  const values = {
    id: "5",
    "period.start": "2026-01-01",
    "data.title": "Roof",
    "data.value": "12.5",
    "data.done": false,
    "data.tags": "a\n\nb\n",
    "data.place": { street: "Mill Lane", number: "7" },
    "data.emails": [{ value: "a@example.com" }, {}],
    "data.custom_fields": '{"a": 1}',
  };
  const params = {
    id: 5,
    "period.start": "2026-01-01",
    data: {
      title: "Roof",
      value: 12.5,
      done: false,
      tags: ["a", "b"],
      place: { street: "Mill Lane", number: 7 },
      emails: [{ value: "a@example.com" }],
      custom_fields: { a: 1 },
    },
  };
  expect(readForm(fields, values)).toEqual({ params, errors: {}, files: {} });
  const back = fillForm(fields, params);
  expect(back.complete).toBe(true);
  expect(readForm(fields, back.values).params).toEqual(params);
});

test("a form says when it cannot show everything", () => {
  expect(fillForm(fields, { other: 1 }).complete).toBe(false);
  expect(fillForm(fields, { data: { other: 1 } }).complete).toBe(false);
  expect(fillForm(fields, { data: { place: { planet: 1 } } }).complete).toBe(false);
});

test("what is empty is left out, and null empties what may be", () => {
  expect(readForm(fields, { id: "5", "data.title": "Roof", "data.value": "" }).params).toEqual({ id: 5, data: { title: "Roof" } });
  expect(readForm(fields, { id: "5", "data.title": "Roof", "data.value": null }).params).toEqual({ id: 5, data: { title: "Roof", value: null } });
});

test("what is missing or cannot be read is told at its field", () => {
  for (const wrong of ["five", "1.5", "99999999999999999999"]) expect(readForm(fields, { id: wrong, "data.title": "x" }).errors).toEqual({ id: "integer" });
  expect(readForm(fields, { id: "1", "data.custom_fields": "{" }).errors).toEqual({ "data.title": "required", "data.custom_fields": "json" });
});

test("a body may be a list", () => {
  const [body] = bodyFields({ type: "array", items: { type: "object", properties: { label: { type: "string" } } } }, true);
  expect([body?.kind, body?.path]).toEqual(["rows", "data"]);
  expect(readForm(body ? [body] : [], { data: [{ label: "Hot" }] }).params).toEqual({ data: [{ label: "Hot" }] });
});

test("a server's errors are told at the fields", () => {
  expect(placeErrors(fields, { "params.data.title": "is missing", "params.data.emails[0].value": "is no address", other: "is wrong" })).toEqual({
    "data.title": "is missing",
    "data.emails": "0.value: is no address",
    "": "is wrong",
  });
  expect(placeRefusal(fields, "Validation failed: title: is too long: 256")).toEqual({ "data.title": "is too long: 256" });
  expect(placeRefusal(fields, "Deal not found")).toEqual({});
});
