import { Server } from "lucide-react";
import type { ReactNode } from "react";
import type { Connection } from "../api/connections";
import { Brandmark } from "../ui";

/** The mark of a service. */
export function Mark({ service }: { service: Connection["service"] }): ReactNode {
  if (service === "here") return <Brandmark />;
  return service === "server" ? <Server size={16} strokeWidth={1.75} aria-hidden /> : <strong aria-hidden>P</strong>;
}
