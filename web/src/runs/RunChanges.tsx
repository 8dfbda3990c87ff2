import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { connectionsQuery } from "../api/connections";
import type { RecordChanges, RunDetails } from "../api/runs";
import { type Formats, useFormats } from "../shell/format";
import { texts } from "../texts";
import { ChangeCard, Section, Stack, Text } from "../ui";

const t = texts.runPages;

const TONES = { created: "won", changed: "plain", deleted: "lost", restored: "won", merged: "accent" } as const;

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

function Changes({ of }: { of: RecordChanges }): ReactNode {
  const formats = useFormats();
  return (
    <ChangeCard
      title={of.name ?? `${of.noun} ${of.id}`}
      detail={of.name === null ? "" : `${of.noun} ${of.id}`}
      action={t.changes[of.action]}
      tone={TONES[of.action]}
      isNew={of.action === "created"}
      members={of.members.map(({ key, name, before, after, before_text, after_text, before_currency, after_currency }) => ({
        key,
        name,
        before: shownText({ key, value: before, text: before_text, currency: before_currency }, formats),
        after: shownText({ key, value: after, text: after_text, currency: after_currency }, formats),
      }))}
    />
  );
}

/** What stands in the place of changes where there are none in this CRM. */
function NoChanges({ run }: { run: RunDetails }): ReactNode {
  const connections = useQuery(connectionsQuery);
  const service = connections.data?.find(({ id }) => id === run.connection_id)?.service;
  const isElsewhere = service !== undefined && service !== "here" && !run.action.startsWith("get_");
  return (
    <Section title={t.whatChanged}>
      <Text tone="faint">{isElsewhere ? t.nothingChangedElsewhere : t.nothingChanged}</Text>
    </Section>
  );
}

/** What a run has changed: each record with its values before and after. */
export function RunChanges({ run }: { run: RunDetails }): ReactNode {
  const { records, changes } = run;
  if (records.length === 0) return <NoChanges run={run} />;
  return (
    <Section title={<>{t.whatChanged} <Text tone="faint">{t.changedCount(Math.max(changes, records.length))}</Text></>}>
      <Stack gap={3}>
        {records.map((one) => (
          <Changes key={`${one.object} ${one.id}`} of={one} />
        ))}
        {records.length < changes && <Text tone="faint">{t.changesCut(records.length, changes)}</Text>}
      </Stack>
    </Section>
  );
}
