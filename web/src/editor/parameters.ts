/** What an action takes at a place in its parameters, from the JSON Schemas of the contract. */
import type { ActionDetails } from "../api/actions";

/** As much of JSON Schema as is offered while somebody writes. */
interface Schema {
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  description?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** A key that may stand somewhere, with what its value is. */
export interface Parameter {
  name: string;
  required: boolean;
  /** "integer", "text or null" */
  type: string;
  description: string;
  /** The texts of which it is one; none where it may be anything. */
  values: string[];
  /** How a value begins: a text, a list, a dictionary, or anything else. */
  begins: '""' | "[]" | "{}" | "";
}

const choicesOf = (schema: Schema): Schema[] => schema.anyOf ?? schema.oneOf ?? [schema];

const typesOf = (schema: Schema): string[] => choicesOf(schema).flatMap(({ type, enum: values }) => (type === undefined ? (values ? ["string"] : []) : type));

/** Returns the schema of the members of a value: its own, or those of the items of a list. */
function membersOf(schema: Schema): Schema {
  const choices = choicesOf(schema);
  return choices.find(({ properties }) => properties) ?? choices.flatMap(({ items }) => (items ? [membersOf(items)] : []))[0] ?? {};
}

function valuesOf(schema: Schema): string[] {
  const all = choicesOf(schema).flatMap((one) => [...(one.enum ?? []), ...(one.items ? valuesOf(one.items) : [])]);
  return [...new Set(all.filter((value): value is string => typeof value === "string"))];
}

function parameter(name: string, schema: Schema, required: boolean, description: string): Parameter {
  const types = typesOf(schema).filter((type) => type !== "null");
  const [first] = types;
  return {
    name,
    required,
    type: [...new Set(types)].join(", "),
    description,
    values: valuesOf(schema),
    begins: first === "string" ? '""' : first === "array" ? "[]" : first === "object" ? "{}" : "",
  };
}

/** Returns the keys that an action takes in the dictionary under a path: that of its parameters, its body under `data`, or one in it. */
export function parametersAt(action: ActionDetails, path: string[]): Parameter[] {
  const [first, ...rest] = path;
  if (first === undefined) {
    const own = action.parameters.map((one) => parameter(one.name, one.schema as Schema, one.required, one.description));
    const body = action.body ? [parameter("data", action.body.schema as Schema, action.body.required, "")] : [];
    // The body is a dictionary or, rarely, a list, whatever else its schema says of it.
    return [...own, ...body.map((one): Parameter => ({ ...one, begins: one.begins === "[]" ? "[]" : "{}" }))].toSorted(byNeed);
  }
  const top = first === "data" ? (action.body?.schema as Schema | undefined) : (action.parameters.find(({ name }) => name === first)?.schema as Schema | undefined);
  let schema = top ? membersOf(top) : {};
  for (const key of rest) schema = membersOf(schema.properties?.[key] ?? {});
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties)
    .map(([name, one]) => parameter(name, one, required.includes(name), one.description ?? ""))
    .toSorted(byNeed);
}

/** What must be there comes first; the rest stays in the order of the contract. */
function byNeed(one: Parameter, other: Parameter): number {
  return Number(other.required) - Number(one.required);
}
