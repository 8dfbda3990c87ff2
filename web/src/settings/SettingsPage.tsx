import { Link, type LinkProps, useNavigate } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { Empty, Main, Page, Select, SideList, SideTitle, SmallBar, SplitContent, sideItemClass, TopBar } from "../ui";
import { PAGES, pagesFor, type SettingsPath } from "./pages";

const t = texts.settingsPages;

/** A page for those who may open it, and for others why it is closed: nothing is asked for then. */
export function Permitted({ page, children }: { page: SettingsPath; children: ReactNode }): ReactNode {
  const isOpen = pagesFor(useSession()).some((one) => one.path === page);
  if (isOpen) return children;
  return (
    <SettingsPage page={page}>
      <Empty icon={Lock} title={t.closed}>
        {t.closedHint}
      </Empty>
    </SettingsPage>
  );
}

interface SettingsPageProps {
  page: SettingsPath;
  /** Unless it is the title of the page of its list. */
  title?: string;
  /** What stands behind the title. */
  after?: ReactNode;
  /** Buttons, the main one last. */
  end?: ReactNode;
  /** For tables from edge to edge. */
  bare?: boolean;
  children: ReactNode;
}

/** A page of the settings, beside the list of all of them. */
export function SettingsPage({ page, title, after, end, bare = false, children }: SettingsPageProps): ReactNode {
  const navigate = useNavigate();
  const pages = pagesFor(useSession());
  const groups = [...new Set(pages.map((one) => one.group))];
  const label = PAGES[page].label;
  const path: { label: string; link: LinkProps }[] = [{ label: t.title, link: { to: "/settings" } }];
  if (title) path.push({ label, link: { to: page } });
  return (
    <Page title={title ?? label}>
      <TopBar title={title ?? label} path={path} back={title !== undefined} after={after}>
        {end}
      </TopBar>
      <SmallBar>
        <Select inBar label={t.title} value={page} options={pages.map((one) => ({ value: one.path, label: one.label }))} onChange={(to) => void navigate({ to })} />
      </SmallBar>
      <Main layout="split">
        <SideList label={t.title}>
          {groups.map((group) => (
            <div key={group} role="group" aria-label={group}>
              <SideTitle>{group}</SideTitle>
              {pages
                .filter((one) => one.group === group)
                .map((one) => (
                  <Link key={one.path} to={one.path} className={sideItemClass} activeProps={{ "aria-current": "page" }}>
                    <span>{one.label}</span>
                  </Link>
                ))}
            </div>
          ))}
        </SideList>
        <SplitContent bare={bare}>{children}</SplitContent>
      </Main>
    </Page>
  );
}
