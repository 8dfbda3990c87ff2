/** The custom fields of the company as fields of a form, by their names. */
import type { components } from "../../api/generated/app";
import type { CompanyField } from "../../api/lookups";
import { type FieldKind, type FormField, labelOf } from "../schema";

type ActionBody = NonNullable<components["schemas"]["ActionDetails"]["body"]>;

const KINDS: Record<string, FieldKind> = {
  double: "number",
  int: "integer",
  enum: "choice",
  set: "choices",
  date: "date",
  text: "long",
  user: "record",
  people: "record",
  org: "record",
  monetary: "group",
  daterange: "group",
  timerange: "group",
  time: "group",
  address: "group",
};

const REFERENCES: Record<string, string> = { user: "user", people: "person", org: "organization" };

/** The parts of values that have some. */
const PARTS: Record<string, [name: string, kind: FieldKind, reference?: string][]> = {
  monetary: [
    ["value", "number"],
    ["currency", "record", "currency"],
  ],
  daterange: [
    ["value", "date"],
    ["until", "date"],
  ],
  time: [["value", "time"]],
  timerange: [
    ["value", "time"],
    ["until", "time"],
  ],
  address: [["value", "text"]],
};

function field(name: string, label: string, kind: FieldKind, keys: string[], reference: string | null): FormField {
  return {
    keys,
    path: keys.join("."),
    name,
    label,
    kind,
    required: false,
    description: "",
    options: [],
    reference,
    numeric: reference !== null && reference !== "currency",
    nullable: true,
    members: [],
    custom: false,
  };
}

/** Returns the custom fields that a body takes. */
export function customFields(body: ActionBody | null, fields: CompanyField[]): FormField[] {
  if (!body?.custom_fields) return [];
  const above = body.custom_fields === "root" ? ["data"] : ["data", "custom_fields"];
  return fields
    .filter((one) => one.is_custom_field)
    .map((one) => {
      const keys = [...above, one.field_code];
      const made = field(one.field_code, one.field_name, KINDS[one.field_type] ?? "text", keys, REFERENCES[one.field_type] ?? null);
      const members = (PARTS[one.field_type] ?? []).map(([name, kind, reference]) => ({ ...field(name, labelOf(name), kind, [...keys, name], reference ?? null), nullable: false }));
      return { ...made, custom: true, members, options: (one.options ?? []).map(({ id, label }) => ({ value: id, label })) };
    });
}
