/** From what stands in a form to the parameters of an action, and back. */
import type { FieldOption, FormField } from "./schema";

/** What stands in a form, by the paths of its fields: texts as typed, lists, objects of members, files. Null empties a value. */
export type FormValues = Record<string, unknown>;

export type FieldProblem = "required" | "integer" | "number" | "json";

/** What is wrong in a form, by the paths of fields. */
export type FormErrors = Record<string, string>;

/** A value could not be read. */
class Unreadable extends Error {
  constructor(readonly problem: FieldProblem) {
    super(problem);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object" && !Array.isArray(value);

const isEmpty = (value: unknown): boolean => value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

function toNumber(text: string, isWhole: boolean): number {
  const number = Number(text);
  if (text === "" || Number.isNaN(number) || (isWhole && !Number.isSafeInteger(number))) throw new Unreadable(isWhole ? "integer" : "number");
  return number;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable("json");
  }
}

/** Returns the moment that a browser's control has in local time, as the API takes it. */
function toMoment(text: string): string {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString().replace(/\.\d+Z$/, "Z");
}

function listOf(field: FormField, text: string): unknown[] | undefined {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.length === 0 ? undefined : lines.map((line) => (field.numeric ? toNumber(line, false) : line));
}

function groupOf(members: FormField[], entered: Record<string, unknown>): Record<string, unknown> | undefined {
  const values = members.map((member) => [member.name, valueOf(member, entered[member.name])] as const).filter(([, value]) => value !== undefined);
  return values.length === 0 ? undefined : Object.fromEntries(values);
}

/** Returns what a field sends for what stands in it; `undefined` when it is left out. Throws for what cannot be read. */
function valueOf(field: FormField, entered: unknown): unknown {
  if (entered === null) return field.nullable ? null : undefined;
  if (isEmpty(entered) || entered instanceof File) return undefined;
  if (field.kind === "group" && isObject(entered)) return groupOf(field.members, entered);
  if (field.kind === "rows" && Array.isArray(entered)) {
    const rows = entered.map((row) => groupOf(field.members, isObject(row) ? row : {})).filter((row) => row !== undefined);
    return rows.length === 0 ? undefined : rows;
  }
  if (typeof entered !== "string") return entered;
  const text = entered.trim();
  switch (field.kind) {
    case "integer":
    case "number":
      return toNumber(text, field.kind === "integer");
    case "record":
      return field.numeric && /^-?\d+$/.test(text) ? toNumber(text, true) : text;
    case "records":
      return text.split(/[\s,]+/).map((one) => (field.numeric ? toNumber(one, true) : one));
    case "list":
      return listOf(field, entered);
    case "moment":
      return toMoment(text);
    case "json":
      return toJson(text);
    default:
      return entered;
  }
}

function put(params: Record<string, unknown>, keys: string[], value: unknown): void {
  let place = params;
  for (const key of keys.slice(0, -1)) place = (place[key] ??= {}) as Record<string, unknown>;
  place[keys.at(-1) as string] = value;
}

/** Returns the parameters for what stands in a form, what is wrong in it, and its file. */
export function readForm(fields: FormField[], values: FormValues): { params: Record<string, unknown>; errors: Record<string, FieldProblem>; files: Record<string, File> } {
  const params: Record<string, unknown> = {};
  const errors: Record<string, FieldProblem> = {};
  const files: Record<string, File> = {};
  for (const field of fields) {
    const entered = values[field.path];
    if (entered instanceof File) files[field.name] = entered;
    try {
      const value = valueOf(field, entered);
      if (value !== undefined) put(params, field.keys, value);
      else if (field.required && !(entered instanceof File)) errors[field.path] = "required";
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      errors[field.path] = error.problem;
    }
  }
  return { params, errors, files };
}

/** Returns what a browser's control for a moment shows, in local time. */
function enteredMoment(value: string): string {
  const moment = new Date(value.includes("T") || value.includes("Z") ? value : `${value.replace(" ", "T")}Z`);
  if (Number.isNaN(moment.getTime())) return value;
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const isKnown = (options: FieldOption[], value: unknown): boolean => options.some((option) => option.value === value);

/** Returns what stands in a field for a value, and `undefined` when the field cannot show it. */
function enteredOf(field: FormField, value: unknown): unknown {
  if (value === null) return field.nullable ? null : undefined;
  switch (field.kind) {
    case "json":
      return JSON.stringify(value, null, 2);
    case "group":
      return isObject(value) ? enteredMembers(field.members, value) : undefined;
    case "rows": {
      const rows = Array.isArray(value) ? value.map((row) => (isObject(row) ? enteredMembers(field.members, row) : undefined)) : [undefined];
      return rows.includes(undefined) ? undefined : rows;
    }
    case "list":
      return Array.isArray(value) && value.every((one) => typeof one !== "object") ? value.join("\n") : undefined;
    case "choices":
    case "records":
      return Array.isArray(value) ? value : typeof value === "object" ? undefined : String(value).split(",").map((one) => (field.numeric ? Number(one) : one));
    case "choice":
    case "flag":
      return isKnown(field.options, value) ? value : field.options.find((option) => String(option.value) === String(value))?.value;
    case "moment":
      return enteredMoment(String(value));
    case "record":
      return typeof value === "object" ? undefined : value;
    case "file":
      return undefined;
    default:
      return typeof value === "object" ? undefined : String(value);
  }
}

function enteredMembers(members: FormField[], value: Record<string, unknown>): Record<string, unknown> | undefined {
  const known = new Map(members.map((member) => [member.name, member]));
  const entered: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value)) {
    const member = known.get(name);
    entered[name] = member && enteredOf(member, one);
    if (entered[name] === undefined) return undefined;
  }
  return entered;
}

/** Takes the value under keys out of parameters. */
function take(params: Record<string, unknown>, keys: string[]): unknown {
  const [first, ...rest] = keys as [string, ...string[]];
  if (rest.length === 0) {
    const value = params[first];
    delete params[first];
    return value;
  }
  const inner = params[first];
  if (!isObject(inner)) return undefined;
  const value = take(inner, rest);
  if (Object.keys(inner).length === 0) delete params[first];
  return value;
}

/** Returns what stands in a form for parameters, and whether the form can show all of them. */
export function fillForm(fields: FormField[], params: Record<string, unknown>): { values: FormValues; complete: boolean } {
  const left = structuredClone(params);
  const values: FormValues = {};
  let complete = true;
  for (const field of fields) {
    const value = take(left, field.keys);
    if (value === undefined) continue;
    const entered = enteredOf(field, value);
    if (entered === undefined && field.kind !== "file") complete = false;
    else if (entered !== undefined) values[field.path] = entered;
  }
  return { values, complete: complete && Object.keys(left).length === 0 };
}

/** Returns errors that a server tells by its own paths, by the paths of fields; those of no field are under `""`. */
export function placeErrors(fields: FormField[], told: Record<string, string>): FormErrors {
  const errors: FormErrors = {};
  for (const [place, message] of Object.entries(told)) {
    const path = place.replace(/^params\.?/, "").replaceAll(/\[(\d+)\]/g, ".$1");
    const field = fields
      .filter((one) => path === one.path || path.startsWith(`${one.path}.`) || path === one.name)
      .toSorted((one, other) => other.path.length - one.path.length)[0];
    errors[field?.path ?? ""] = field && path !== field.path && path !== field.name ? `${path.slice(field.path.length + 1)}: ${message}` : message;
  }
  return errors;
}

/** Returns the field that a refusal in words is about, with the reason: `Validation failed: stage_id: Stage not found`. */
export function placeRefusal(fields: FormField[], message: string): FormErrors {
  const words = message.split(": ");
  const at = words.findIndex((word, index) => index < words.length - 1 && fields.some((field) => field.name === word || field.path === `data.${word}`));
  return at < 0 ? {} : placeErrors(fields, { [words[at] as string]: words.slice(at + 1).join(": ") });
}
