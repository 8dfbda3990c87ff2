import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { type AgentRight, agentsQuery, changeAgentRight } from "../api/settings";
import { texts } from "../texts";
import { Code, FieldGroup, Radio, Section, Stack, Text, toast } from "../ui";
import { Loaded } from "./Loaded";
import { SettingsPage } from "./SettingsPage";
import { useWork } from "./work";

const t = texts.settingsPages.agents;
const RIGHTS: AgentRight[] = ["read", "write", "delete"];

function Rights({ right }: { right: AgentRight }): ReactNode {
  const { busy, run } = useWork();
  const queries = useQueryClient();
  const name = useId();
  const [chosen, setChosen] = useState<AgentRight>();
  // Shown at once, and as it was before when the server refuses.
  const change = (wanted: AgentRight): void => {
    setChosen(wanted);
    run(async () => {
      try {
        queries.setQueryData(agentsQuery.queryKey, await changeAgentRight(wanted));
      } catch (reason) {
        setChosen(undefined);
        throw reason;
      }
      toast(t.saved);
    });
  };
  return (
    <FieldGroup label={t.rights}>
      {RIGHTS.map((one) => (
        <Radio key={one} name={name} label={t.names[one]} hint={t.hints[one]} checked={one === (chosen ?? right)} disabled={busy} onChange={() => change(one)} />
      ))}
    </FieldGroup>
  );
}

/** What agents may do for oneself, and where they find the CRM. */
export function Agents(): ReactNode {
  const query = useQuery(agentsQuery);
  return (
    <SettingsPage page="/settings/agents">
      <Loaded query={query}>
        {(settings) => (
          <>
            <Section title={t.rights}>
              <Stack gap={3} narrow>
                <p>{t.rightsHint}</p>
                <Rights right={settings.right} />
              </Stack>
            </Section>
            <Section title={t.address}>
              <Stack gap={3} narrow>
                <p>{t.addressHint}</p>
                <Code text={settings.url} language="text" wrap label={t.address} />
                <Text tone="faint" small>
                  {t.tokenHint}
                </Text>
              </Stack>
            </Section>
          </>
        )}
      </Loaded>
    </SettingsPage>
  );
}
