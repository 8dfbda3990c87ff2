/** The pages that the rail, the bottom bar and the command palette lead to: those that there are. */
import { History, type LucideIcon, MessageSquare, Plug, Settings, Zap } from "lucide-react";
import { texts } from "../texts";

export interface Place {
  path: "/connections" | "/actions" | "/chat" | "/runs" | "/settings";
  label: string;
  icon: LucideIcon;
  section: "sell" | "automate" | "foot";
}

export const PLACES: Place[] = [
  { path: "/connections", label: texts.places.connections, icon: Plug, section: "automate" },
  { path: "/actions", label: texts.places.actions, icon: Zap, section: "automate" },
  { path: "/chat", label: texts.places.chat, icon: MessageSquare, section: "automate" },
  { path: "/runs", label: texts.places.runs, icon: History, section: "automate" },
  { path: "/settings", label: texts.places.settings, icon: Settings, section: "foot" },
];
