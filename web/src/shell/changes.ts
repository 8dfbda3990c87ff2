/** Changes of records, done or planned, as people read them. */
import type { RecordChanges } from "../api/runs";
import { texts } from "../texts";
import type { MemberChange } from "../ui";
import type { Formats } from "./format";

const t = texts.runPages;

const TONES = { created: "won", changed: "plain", deleted: "lost", restored: "won", merged: "accent" } as const;

/** A change; what is only planned has perhaps no id yet. */
type Change = Omit<RecordChanges, "id"> & { id: string | null };

/** Whether a value is one of a custom field of money. */
const isAmount = (value: unknown): value is { value: number; currency: string } =>
  value !== null && typeof value === "object" && "value" in value && "currency" in value && typeof value.value === "number" && typeof value.currency === "string";

/** Returns the text of a value as people read it; those that are names stay what they are. */
function shownText({ key, value, text, currency }: { key: string; value: unknown; text: string | null; currency: string | null }, formats: Formats): string | null {
  if (typeof value === "number" && currency) return formats.money(value, currency);
  if (isAmount(value)) return formats.money(value.value, value.currency);
  if (typeof value === "number" && Number(text) === value && !key.endsWith("id")) return formats.number(value);
  if (typeof value !== "string" || value !== text) return text;
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return formats.date(value);
  // Times of the change log are those of UTC.
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/.test(value)) return formats.moment(`${value.slice(0, 19).replace(" ", "T")}Z`);
  return text;
}

/** Returns what stands above the changes of a record, which are done or, if `isPlanned`, are not. */
export function headOf(of: Change, isPlanned = false): { title: string; detail: string; action: string; tone: (typeof TONES)[keyof typeof TONES] } {
  const record = of.id ? `${of.noun} ${of.id}` : of.noun;
  return { title: of.name ?? record, detail: of.name === null ? "" : record, action: (isPlanned ? t.planned : t.changes)[of.action], tone: TONES[of.action] };
}

/** Returns the members of a record that change, with their values as people read them. */
export function membersOf(of: Change, formats: Formats): MemberChange[] {
  return of.members.map(({ key, name, before, after, before_text, after_text, before_currency, after_currency }) => ({
    key,
    name,
    before: shownText({ key, value: before, text: before_text, currency: before_currency }, formats),
    after: shownText({ key, value: after, text: after_text, currency: after_currency }, formats),
  }));
}
