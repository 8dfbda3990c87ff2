/** The state of the form of an action: what stands in it, as a form or as JSON, and what is wrong in it. */
import { useMemo, useState } from "react";
import type { ActionDetails } from "../api/actions";
import type { CompanyField } from "../api/lookups";
import { texts } from "../texts";
import { customFields } from "./form/customFields";
import { bodyFields, fieldOf, type FormField, type Schema } from "./schema";
import { fillForm, type FormErrors, type FormValues, readForm } from "./values";

/** Returns the fields of the form of an action: those of path and query first. */
export function fieldsOf(action: ActionDetails, company: CompanyField[]): FormField[] {
  const parameters = action.parameters
    .filter((one) => one.location !== "header")
    .map((one) => {
      const schema = one.schema as Schema;
      return { ...fieldOf(one.name, one.reference ? { ...schema, "x-reference": one.reference } : schema, one.required), description: one.description };
    });
  const { body } = action;
  if (!body) return parameters;
  const custom = customFields(body, company);
  const own = bodyFields(body.schema as Schema, body.required).filter((field) => !(field.name === "custom_fields" && custom.length > 0));
  return [...parameters, ...own, ...custom];
}

export interface ReadForm {
  params: Record<string, unknown>;
  errors: FormErrors;
  files: Record<string, File>;
}

function readJson(text: string): ReadForm {
  try {
    const params: unknown = JSON.parse(text || "{}");
    if (params !== null && typeof params === "object" && !Array.isArray(params)) return { params: params as Record<string, unknown>, errors: {}, files: {} };
    return { params: {}, errors: { "": texts.actionPage.errors.notObject }, files: {} };
  } catch (error) {
    return { params: {}, errors: { "": error instanceof Error ? error.message : texts.actionPage.errors.json }, files: {} };
  }
}

export type FormMode = "form" | "json";

export interface ActionForm {
  fields: FormField[];
  values: FormValues;
  mode: FormMode;
  json: string;
  read: ReadForm;
  setValue: (path: string, value: unknown) => void;
  setJson: (text: string) => void;
  /** Changes between form and JSON; returns false when the form cannot show what stands in the JSON. */
  setMode: (mode: FormMode) => boolean;
}

const written = (params: Record<string, unknown>): string => JSON.stringify(params, null, 2);

/** Keeps what stands in the form; `initial` are the parameters with which it begins. */
export function useActionForm(fields: FormField[], initial: Record<string, unknown>): ActionForm {
  const [start] = useState(() => fillForm(fields, initial));
  const [values, setValues] = useState(start.values);
  const [mode, setModeOnly] = useState<FormMode>(start.complete ? "form" : "json");
  const [json, setJson] = useState(() => written(initial));
  const read = useMemo((): ReadForm => {
    if (mode === "json") return readJson(json);
    const form = readForm(fields, values);
    return { ...form, errors: Object.fromEntries(Object.entries(form.errors).map(([path, problem]) => [path, texts.actionPage.errors[problem]])) };
  }, [fields, values, mode, json]);
  const setMode = (wanted: FormMode): boolean => {
    if (wanted === mode) return true;
    if (wanted === "json") setJson(written(readForm(fields, values).params));
    else {
      const filled = fillForm(fields, read.params);
      if (!filled.complete || read.errors[""]) return false;
      // Files stand in no JSON.
      const files = Object.entries(values).filter(([, value]) => value instanceof File);
      setValues({ ...filled.values, ...Object.fromEntries(files) });
    }
    setModeOnly(wanted);
    return true;
  };
  return { fields, values, mode, json, read, setJson, setMode, setValue: (path, value) => setValues((old) => ({ ...old, [path]: value })) };
}
