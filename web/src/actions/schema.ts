/** What a form for an action is made of: fields, from the JSON Schemas that the contract gives. */

/** As much of JSON Schema as the contract uses. */
export interface Schema {
  type?: string | string[];
  enum?: (string | number | boolean | null)[];
  format?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  /** What the number or text is the id of. */
  "x-reference"?: string;
}

/** `list` are texts or numbers, one in a line; `group` an object of known members, `rows` a list of such. */
export type FieldKind =
  | "text"
  | "long"
  | "integer"
  | "number"
  | "flag"
  | "choice"
  | "choices"
  | "date"
  | "time"
  | "moment"
  | "record"
  | "records"
  | "list"
  | "group"
  | "rows"
  | "file"
  | "json";

export interface FieldOption {
  value: string | number | boolean;
  label: string;
}

export interface FormField {
  /** Where the value goes: `["id"]`, or `["data", "title"]` for a property of the body. */
  keys: string[];
  /** The same in one text, by which errors and values are found. */
  path: string;
  name: string;
  label: string;
  kind: FieldKind;
  required: boolean;
  description: string;
  options: FieldOption[];
  reference: string | null;
  /** Whether ids and lines are numbers. */
  numeric: boolean;
  nullable: boolean;
  /** The members of a group, or of each row. */
  members: FormField[];
  /** Whether it is a custom field of the company. */
  custom: boolean;
}

const LONG_TEXT = 1000;

/** Returns a schema without its null, and whether it had one. */
function withoutNull(schema: Schema): { schema: Schema; nullable: boolean } {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const left = choices.filter((one) => one.type !== "null");
    const { anyOf: _any, oneOf: _one, ...rest } = schema;
    if (left.length === 1) return { schema: { ...left[0], ...rest }, nullable: left.length < choices.length };
    return { schema, nullable: left.length < choices.length };
  }
  if (Array.isArray(schema.type)) {
    const left = schema.type.filter((type) => type !== "null");
    const [only] = left;
    const { type: _type, ...rest } = schema;
    return { schema: left.length === 1 && only ? { ...rest, type: only } : rest, nullable: left.length < schema.type.length };
  }
  return { schema, nullable: false };
}

const hasMembers = (schema: Schema): boolean => Object.keys(schema.properties ?? {}).length > 0;

function textKind(schema: Schema): FieldKind {
  if (schema.format === "binary") return "file";
  if (schema.format === "date") return "date";
  if (schema.format === "date-time") return "moment";
  if (schema.format === "time") return "time";
  return (schema.maxLength ?? 0) > LONG_TEXT ? "long" : "text";
}

function listKind(items: Schema): FieldKind {
  if (items["x-reference"]) return "records";
  if (items.enum) return "choices";
  if (hasMembers(items)) return "rows";
  return ["string", "integer", "number"].includes(String(items.type)) ? "list" : "json";
}

function isFlag(schema: Schema): boolean {
  return schema.type === "boolean" || (schema.enum?.length === 2 && schema.enum.includes(0) && schema.enum.includes(1));
}

function kindOf(schema: Schema): FieldKind {
  if (isFlag(schema)) return "flag";
  if (schema.enum) return "choice";
  if (schema["x-reference"]) return schema.type === "array" ? "records" : "record";
  if (schema.type === "integer" || schema.type === "number") return schema.type;
  if (schema.type === "string") return textKind(schema);
  if (schema.type === "array") return listKind(withoutNull(schema.items ?? {}).schema);
  return hasMembers(schema) ? "group" : "json";
}

/** Returns a name as people write it: `expected_close_date` as "Expected close date". */
export function labelOf(name: string): string {
  const words = name
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .replaceAll(/[_.-]+/g, " ")
    .toLowerCase()
    .replace(/ id(s?)$/, (_whole, many: string) => (many ? "s" : ""))
    .replace(/\borg(s?)\b/, "organization$1")
    .trim();
  return words === "id" || words === "ids" ? words.toUpperCase().replace("S", "s") : words.charAt(0).toUpperCase() + words.slice(1);
}

function optionsOf(schema: Schema, items: Schema | undefined): FieldOption[] {
  if (isFlag(schema)) return schema.enum ? [{ value: 1, label: "1" }, { value: 0, label: "0" }] : [{ value: true, label: "true" }, { value: false, label: "false" }];
  const values = (schema.enum ?? items?.enum ?? []).filter((one): one is string | number => typeof one === "string" || typeof one === "number");
  return values.map((value) => ({ value, label: String(value) }));
}

function membersOf(schema: Schema, keys: string[]): FormField[] {
  return Object.entries(schema.properties ?? {}).map(([name, one]) => fieldOf(name, one, schema.required?.includes(name) ?? false, keys));
}

/** Returns the field for a schema; `above` are the keys under which its value stands. */
export function fieldOf(name: string, schema: Schema, required: boolean, above: string[] = []): FormField {
  const { schema: inner, nullable } = withoutNull(schema);
  const items = inner.items ? withoutNull(inner.items).schema : undefined;
  const keys = [...above, name];
  const kind = kindOf(inner);
  return {
    keys,
    path: keys.join("."),
    name,
    label: labelOf(name),
    kind,
    required,
    description: schema.description ?? inner.description ?? "",
    options: optionsOf(inner, items),
    reference: inner["x-reference"] ?? items?.["x-reference"] ?? null,
    numeric: [inner.type, items?.type].some((type) => type === "integer" || type === "number"),
    nullable,
    members: kind === "group" ? membersOf(inner, keys) : kind === "rows" && items ? membersOf(items, []) : [],
    custom: false,
  };
}

/** Returns the fields of a body: one for each of its properties, or a single one where it is a list. */
export function bodyFields(schema: Schema, required: boolean): FormField[] {
  const { schema: inner } = withoutNull(schema);
  return hasMembers(inner) ? membersOf(inner, ["data"]) : [fieldOf("data", schema, required)];
}
