import { Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { canLookUp, type Lookup } from "../../api/lookups";
import { texts } from "../../texts";
import { Button, Field, FieldGroup, FileInput, IconButton, Input, MultiCombobox, Select, Textarea } from "../../ui";
import { labelOf, type FormField } from "../schema";
import { RecordPicker, RecordsPicker } from "./Pickers";

const t = texts.actionPage;

/** What the controls of a form know of the action. */
export interface FormContext {
  /** Whose fields and labels it is about. */
  about: string | null;
  /** Whether the connection leads to this CRM, whose records have names here. */
  isHere: boolean;
}

interface ControlProps {
  field: FormField;
  value: unknown;
  onChange: (value: unknown) => void;
  context: FormContext;
}

/** The choice of nothing. */
const UNSET = "unset";

/** Returns how a choice is written. */
function choiceLabel(field: FormField, value: string | number | boolean, label: string): string {
  if (field.kind === "flag") return value === true || value === 1 ? t.flags.yes : t.flags.no;
  return field.custom ? label : /^[a-z_]+$/.test(label) ? labelOf(label) : label;
}

function Choice({ field, value, onChange }: ControlProps): ReactNode {
  // Options go by their places: flags are no texts.
  const options = field.options.map((option, index) => ({ value: String(index), label: choiceLabel(field, option.value, option.label) }));
  const index = field.options.findIndex((option) => option.value === value);
  return (
    <Select
      options={field.required ? options : [{ value: UNSET, label: t.notSet }, ...options]}
      value={index < 0 ? (field.required ? null : UNSET) : String(index)}
      onChange={(chosen) => onChange(chosen === UNSET ? undefined : field.options[Number(chosen)]?.value)}
    />
  );
}

function Choices({ field, value, onChange }: ControlProps): ReactNode {
  const options = field.options.map((option) => ({ value: option.value as string | number, label: choiceLabel(field, option.value, option.label) }));
  const chosen = Array.isArray(value) ? value : [];
  return <MultiCombobox options={options} value={options.filter((option) => chosen.includes(option.value))} onChange={(some) => onChange(some.map((option) => option.value))} placeholder={t.notSet} />;
}

/** The members of an object. */
function Group({ field, value, onChange, context }: ControlProps): ReactNode {
  const members = (value ?? {}) as Record<string, unknown>;
  return (
    <FieldGroup label={field.label}>
      {field.members.map((member) => (
        <FormLine key={member.path} field={member} value={members[member.name]} onChange={(one) => onChange({ ...members, [member.name]: one })} context={context} isInner />
      ))}
    </FieldGroup>
  );
}

/** A list of objects. */
function Rows({ field, value, onChange, context }: ControlProps): ReactNode {
  const rows = (Array.isArray(value) ? value : []) as Record<string, unknown>[];
  return (
    <>
      {rows.map((row, index) => (
        <FieldGroup
          key={index}
          label={t.row(index + 1)}
          end={<IconButton icon={Trash2} size="small" tone="quiet" label={t.removeRow(index + 1)} onClick={() => onChange(rows.toSpliced(index, 1))} />}
        >
          {field.members.map((member) => (
            <FormLine key={member.path} field={member} value={row[member.name]} onChange={(one) => onChange(rows.with(index, { ...row, [member.name]: one }))} context={context} isInner />
          ))}
        </FieldGroup>
      ))}
      <div>
        <Button icon={Plus} size="small" tone="quiet" onClick={() => onChange([...rows, {}])}>
          {t.addRow}
        </Button>
      </div>
    </>
  );
}

const NATIVE = { date: "date", time: "time", moment: "datetime-local" } as const;

function Control(props: ControlProps): ReactNode {
  const { field, value, onChange, context } = props;
  const text = typeof value === "string" || typeof value === "number" ? String(value) : Array.isArray(value) ? value.join(", ") : "";
  if (field.reference && context.isHere && canLookUp(field.reference, context.about)) {
    const lookup: Lookup = { reference: field.reference, about: context.about, byCode: !field.numeric };
    if (field.kind === "records") return <RecordsPicker lookup={lookup} value={Array.isArray(value) ? value : []} onChange={onChange} />;
    if (field.kind === "record") return <RecordPicker lookup={lookup} value={value === undefined || value === "" ? null : (value as string)} onChange={onChange} />;
  }
  switch (field.kind) {
    case "choice":
    case "flag":
      return <Choice {...props} />;
    case "choices":
      return <Choices {...props} />;
    case "group":
      return <Group {...props} />;
    case "rows":
      return <Rows {...props} />;
    case "file":
      return <FileInput file={value instanceof File ? value : null} onChange={(file) => onChange(file ?? undefined)} label={t.pickFile} />;
    case "long":
    case "list":
      return <Textarea value={text} onChange={(event) => onChange(event.target.value)} />;
    case "json":
      return <Textarea code spellCheck={false} rows={4} value={text} onChange={(event) => onChange(event.target.value)} />;
    case "date":
    case "time":
    case "moment":
      return <Input type={NATIVE[field.kind]} value={text} onChange={(event) => onChange(event.target.value)} />;
    default:
      return <Input inputMode={field.kind === "integer" ? "numeric" : field.kind === "number" ? "decimal" : undefined} value={text} onChange={(event) => onChange(event.target.value)} />;
  }
}

/** Whether the API may be told to empty a value that is there. */
function canBeEmptied(field: FormField): boolean {
  return field.nullable && !["group", "rows", "file"].includes(field.kind);
}

/** A text in which backticks mark code. */
function Coded({ text }: { text: string }): ReactNode {
  return text.split("`").map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece));
}

/** A field with its label, the name that the API has for it, and what is wrong with it. */
export function FormLine({ error, isInner = false, ...props }: ControlProps & { error?: string | undefined; isInner?: boolean }): ReactNode {
  const { field, value, onChange } = props;
  const isEmptied = value === null;
  const hint = field.description || (field.kind === "list" ? t.lines : "");
  const isWhole = field.kind === "group" || field.kind === "rows";
  return (
    <Field
      label={field.label}
      code={field.custom ? undefined : field.name}
      required={field.required}
      hint={hint ? <Coded text={hint} /> : undefined}
      error={error}
      inRow={!isInner}
      plain={isWhole}
      after={
        canBeEmptied(field) &&
        (isEmptied || value === undefined || value === "") && (
          <Button size="small" tone="quiet" onClick={() => onChange(isEmptied ? undefined : null)}>
            {isEmptied ? t.keepIt : t.emptyIt}
          </Button>
        )
      }
    >
      {isEmptied ? <Input readOnly value="" placeholder={t.emptied} /> : <Control {...props} />}
    </Field>
  );
}
