/** The pages of the settings, for those who may open them. */
import type { SignedIn } from "../api/session";
import { texts } from "../texts";

const t = texts.settingsPages;

interface SettingsEntry {
  label: string;
  group: string;
  /** Who may open it; everybody unless it says. */
  isFor?: (user: SignedIn["user"]) => boolean;
}

const admins = (user: SignedIn["user"]): boolean => user.is_account_admin;

export const PAGES = {
  "/settings/profile": { label: t.profile.title, group: t.mine },
  "/settings/users": { label: t.users.title, group: t.company, isFor: admins },
  "/settings/apps": { label: t.apps.title, group: t.technical },
  "/settings/agents": { label: t.agents.title, group: t.technical },
  "/settings/tokens": { label: t.tokens.title, group: t.technical },
  // They are made through the CRM's own API.
  "/settings/webhooks": { label: t.webhooks.title, group: t.technical, isFor: (user) => user.permissions.includes("can_use_api") },
  "/settings/chat": { label: t.chat.title, group: t.technical, isFor: admins },
  "/settings/editor": { label: t.editor.title, group: t.technical, isFor: admins },
  "/settings/runs": { label: t.runs.title, group: t.technical, isFor: admins },
} satisfies Record<string, SettingsEntry>;

export type SettingsPath = keyof typeof PAGES;

/** Returns the pages that a user may open, group by group. */
export function pagesFor({ user }: SignedIn): (SettingsEntry & { path: SettingsPath })[] {
  const pages = Object.entries(PAGES) as [SettingsPath, SettingsEntry][];
  return pages.filter(([, page]) => page.isFor?.(user) ?? true).map(([path, page]) => ({ path, ...page }));
}
