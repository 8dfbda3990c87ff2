import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Plug } from "lucide-react";
import type { ReactNode } from "react";
import { connectionsQuery } from "../api/connections";
import { texts } from "../texts";
import { Button, Menu } from "../ui";
import { namesOf } from "./suggesting";

const t = texts.editorPage;

/** What stands behind the place of the action, to which the cursor goes. */
const REST = '")';

/** Writes a call over a connection where the cursor is, and offers its action. */
export function InsertCall({ onInsert }: { onInsert: (text: string, back: number) => void }): ReactNode {
  const { data } = useQuery(connectionsQuery);
  const names = namesOf(data ?? []);
  return (
    <Menu
      trigger={
        <Button icon={Plug} disabled={names.length === 0}>
          {t.insertCall}
          <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
        </Button>
      }
      groups={[{ title: t.insertHint, items: names.map((name) => ({ label: name, takesFocus: true, onSelect: () => onInsert(`run_connection_action(${JSON.stringify(name)}, "${REST}`, REST.length) })) }]}
    />
  );
}
