import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Connection } from "../api/connections";
import { texts } from "../texts";
import { OptionList } from "../ui";
import type { Kind } from "./facts";
import { Mark } from "./Mark";

const t = texts.connectionPages.wizard;

/** In which order they are offered; how one signs in at a server is asked in the next step. */
const OFFERED: [Kind, Connection["service"]][] = [
  ["here", "here"],
  ["pipedrive-oauth", "pipedrive"],
  ["pipedrive-token", "pipedrive"],
  ["server-oauth", "server"],
];

/** The kinds of connections that can be added. */
export function KindList({ without }: { without?: Kind }): ReactNode {
  const navigate = useNavigate();
  return (
    <OptionList
      label={t.question}
      options={OFFERED.filter(([kind]) => kind !== without).map(([kind, service]) => ({
        key: kind,
        mark: <Mark service={service} />,
        title: t.kinds[kind].title,
        hint: t.kinds[kind].hint,
        onSelect: () => void navigate({ to: "/connections/new", search: { kind } }),
      }))}
    />
  );
}
