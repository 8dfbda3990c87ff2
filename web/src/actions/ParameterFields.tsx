import { Plus } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { texts } from "../texts";
import { Button, Combobox, Line, Stack, Text } from "../ui";
import { type FormContext, FormLine } from "./form/FieldControl";
import type { FormField } from "./schema";
import type { ActionForm } from "./useActionForm";
import type { FormErrors } from "./values";

const t = texts.actionPage;

/** A form shows so many fields before it offers the others. */
const FIRST = 10;

/** Returns the paths of the fields that a form shows at first: what is required, and the first of the others. */
function firstPaths(fields: FormField[]): Set<string> {
  const required = fields.filter((field) => field.required);
  const others = fields.filter((field) => !field.required && !field.custom && field.kind !== "json");
  const few = fields.length <= FIRST + 2 ? fields : others.slice(0, Math.max(0, FIRST - required.length));
  return new Set([...required, ...few].map((field) => field.path));
}

/** The fields of a form; those that are seldom wanted can be added. */
export function ParameterFields({ form, errors, context }: { form: ActionForm; errors: FormErrors; context: FormContext }): ReactNode {
  const { fields, values, setValue } = form;
  const [added, setAdded] = useState<string[]>([]);
  const [isAdding, setIsAdding] = useState(false);
  const first = useMemo(() => firstPaths(fields), [fields]);
  const isShown = (field: FormField): boolean => first.has(field.path) || added.includes(field.path) || values[field.path] !== undefined || errors[field.path] !== undefined;
  const hidden = fields.filter((field) => !isShown(field));
  // What was added stands at the end, in the order in which it was.
  const shown = [...fields.filter((field) => isShown(field) && !added.includes(field.path)), ...added.map((path) => fields.find((field) => field.path === path)).filter((field) => field !== undefined)];
  if (fields.length === 0) return <Text tone="faint">{t.noParameters}</Text>;
  return (
    <Stack gap={2}>
      {shown.map((field) => (
        <FormLine key={field.path} field={field} value={values[field.path]} onChange={(value) => setValue(field.path, value)} error={errors[field.path]} context={context} />
      ))}
      {hidden.length > 0 &&
        (isAdding ? (
          <Combobox
            options={hidden.map((field) => ({ value: field.path, label: field.label, detail: field.custom ? "" : field.name }))}
            value={null}
            placeholder={t.addField}
            onChange={(option) => {
              if (option) setAdded([...added, option.value]);
              setIsAdding(false);
            }}
          />
        ) : (
          <Line>
            <Button size="small" tone="quiet" icon={Plus} onClick={() => setIsAdding(true)}>
              {t.addField}
            </Button>
            <Text tone="faint" small>
              {t.addFieldCount(hidden.length, hidden.filter((field) => field.custom).length)}
            </Text>
          </Line>
        ))}
    </Stack>
  );
}
