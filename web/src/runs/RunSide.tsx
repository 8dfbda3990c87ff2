import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { recentRunsQuery, type RunDetails } from "../api/runs";
import { type Formats, useFormats } from "../shell/format";
import { RunLines } from "../shell/RunLines";
import { texts } from "../texts";
import { Avatar, Details, linkClass, RunState, Section, Text } from "../ui";

const t = texts.runPages;

/** What is left of what, by the names of the headers. */
const OF = [
  [t.burst, "x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset"],
  [t.tokensToday, "x-daily-ratelimit-token-remaining", "x-daily-ratelimit-token-limit", ""],
] as const;

/** Returns what the limits were after a run. */
function limitsOf(headers: Record<string, string>, formats: Formats): [ReactNode, ReactNode][] {
  const shown = (value: string): string => (/^\d+$/.test(value) ? formats.number(Number(value)) : value);
  const told = new Set<string>();
  const limits = OF.flatMap(([label, leftName, ofName, resetName]): [ReactNode, ReactNode][] => {
    const { [leftName]: left, [ofName]: of, [resetName]: reset } = headers;
    if (!left || !of) return [];
    for (const name of [leftName, ofName, resetName]) told.add(name);
    return [[label, t.leftOf(shown(left), shown(of), reset)]];
  });
  const others = Object.entries(headers).filter(([name]) => !told.has(name));
  return [...limits, ...others.map(([name, value]): [ReactNode, ReactNode] => [t.rate[name] ?? <code key={name}>{name}</code>, shown(value)])];
}

/** The facts of a run. */
export function RunSide({ run }: { run: RunDetails }): ReactNode {
  const formats = useFormats();
  const isCall = run.version === "v1" || run.version === "v2";
  const before = useQuery({ ...recentRunsQuery(run.version, run.action, 6), enabled: isCall });
  const others = (before.data ?? []).filter((one) => one.id !== run.id).slice(0, 5);
  const facts: [ReactNode, ReactNode][] = [
    [t.outcome, <RunState key="state" status={run.status} httpStatus={run.http_status} long />],
    [t.started, formats.moment(run.start_time)],
    ...(run.duration_ms === null ? [] : [[t.took, formats.duration(run.duration_ms)] as [ReactNode, ReactNode]]),
    ...(run.cost === null ? [] : [[t.tokens, formats.number(run.cost)] as [ReactNode, ReactNode]]),
    [
      t.by,
      <>
        <Avatar name={run.user.name} />
        {run.user.name}
      </>,
    ],
    [t.from, t.sources[run.source]],
    [t.connection, run.connection],
    ...(run.script_run_id
      ? [
          [
            t.script,
            <Link key="script" to="/editor" search={{ run: run.script_run_id }} className={linkClass}>
              {t.scriptLink}
            </Link>,
          ] as [ReactNode, ReactNode],
        ]
      : []),
    ...(run.repeats
      ? [
          [
            t.repeats,
            <Link key="repeats" to="/runs/$id" params={{ id: run.repeats }} className={linkClass}>
              {t.repeatsLink}
            </Link>,
          ] as [ReactNode, ReactNode],
        ]
      : []),
  ];
  const limits = limitsOf(run.rate_headers, formats);
  return (
    <>
      <Section title={t.thisRun}>
        <Details items={facts} />
      </Section>
      {isCall && !run.can_repeat && <Text tone="faint">{t.cannotRepeat}</Text>}
      {limits.length > 0 && (
        <Section title={t.limits}>
          <Details items={limits} />
        </Section>
      )}
      {others.length > 0 && (
        <Section title={t.same}>
          <RunLines runs={others} />
        </Section>
      )}
    </>
  );
}
