/** The pages that the rail, the bottom bar and the command palette lead to: those that there are. */
import { History, type LucideIcon, MessageSquare, Plug, Settings, SquareTerminal, Zap } from "lucide-react";
import { texts } from "../texts";

export interface Place {
  path: "/connections" | "/actions" | "/chat" | "/editor" | "/runs" | "/settings";
  label: string;
  icon: LucideIcon;
  section: "sell" | "automate" | "foot";
  /** Whether small screens have it in their bar; the others are in its menu. */
  inBar: boolean;
}

export const PLACES: Place[] = [
  { path: "/connections", label: texts.places.connections, icon: Plug, section: "automate", inBar: true },
  { path: "/actions", label: texts.places.actions, icon: Zap, section: "automate", inBar: true },
  { path: "/chat", label: texts.places.chat, icon: MessageSquare, section: "automate", inBar: true },
  { path: "/editor", label: texts.places.editor, icon: SquareTerminal, section: "automate", inBar: false },
  { path: "/runs", label: texts.places.runs, icon: History, section: "automate", inBar: true },
  { path: "/settings", label: texts.places.settings, icon: Settings, section: "foot", inBar: false },
];
