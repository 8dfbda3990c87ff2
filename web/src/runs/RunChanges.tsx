import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { connectionsQuery } from "../api/connections";
import type { RunDetails } from "../api/runs";
import { headOf, membersOf } from "../shell/changes";
import { useFormats } from "../shell/format";
import { texts } from "../texts";
import { ChangeCard, Section, Stack, Text } from "../ui";

const t = texts.runPages;

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
  const formats = useFormats();
  const { records, changes } = run;
  if (records.length === 0) return <NoChanges run={run} />;
  return (
    <Section title={<>{t.whatChanged} <Text tone="faint">{t.changedCount(Math.max(changes, records.length))}</Text></>}>
      <Stack gap={3}>
        {records.map((one) => (
          <ChangeCard key={`${one.object} ${one.id}`} {...headOf(one)} isNew={one.action === "created"} members={membersOf(one, formats)} />
        ))}
        {records.length < changes && <Text tone="faint">{t.changesCut(records.length, changes)}</Text>}
      </Stack>
    </Section>
  );
}
