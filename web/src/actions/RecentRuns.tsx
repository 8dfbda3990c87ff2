import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { recentRunsQuery } from "../api/runs";
import { RunLines } from "../shell/RunLines";
import { texts } from "../texts";
import { linkClass, Section, Text } from "../ui";

/** The last runs of an action. */
export function RecentRuns({ version, name }: { version: string; name: string }): ReactNode {
  const { data } = useQuery(recentRunsQuery(version, name));
  return (
    <Section
      title={texts.actionPage.recent}
      end={
        <Link to="/runs" search={{ action: name }} className={linkClass}>
          {texts.actionPage.all}
        </Link>
      }
    >
      {data && data.length === 0 ? <Text tone="faint">{texts.actionPage.noRuns}</Text> : <RunLines runs={data ?? []} />}
    </Section>
  );
}
