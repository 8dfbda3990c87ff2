import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Building2, ChevronsUpDown, Ellipsis, LogOut, Monitor, MonitorX, Moon, Search, Sun } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { followChanges } from "../api/changes";
import { connectionsQuery } from "../api/connections";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { Avatar, Brandmark, Keys, Menu, type MenuGroups, TopBarEnd } from "../ui";
import { CommandPalette } from "./CommandPalette";
import { useKeys } from "./keys";
import { useSignOut, useSwitchCompany } from "./leaving";
import { NotificationBell } from "./NotificationBell";
import { PLACES, type Place } from "./places";
import { SessionEnded } from "./SessionEnded";
import styles from "./Shell.module.css";
import { setTheme, useTheme } from "./theme";

const SECTIONS = [
  { section: "sell", title: texts.shell.sell },
  { section: "automate", title: texts.shell.automate },
] as const;

const THEMES = [
  ["system", Monitor],
  ["light", Sun],
  ["dark", Moon],
] as const;

/** How many things wait behind a page: connections that are of no use before somebody mends them. */
function useWaiting({ path }: Place): number {
  const { data } = useQuery({ ...connectionsQuery, enabled: path === "/connections" });
  return path === "/connections" ? (data ?? []).filter(({ state, can_change }) => can_change && (state === "expired" || state === "failing")).length : 0;
}

function RailLink({ place }: { place: Place }): ReactNode {
  const waiting = useWaiting(place);
  return (
    <Link to={place.path} className={styles["item"]} title={place.label} activeProps={{ "aria-current": "page" }}>
      <place.icon size={16} strokeWidth={1.75} aria-hidden />
      <span className={styles["text"]}>{place.label}</span>
      {waiting > 0 && (
        <span className={styles["waiting"]} title={texts.shell.needAttention(waiting)} aria-label={texts.shell.needAttention(waiting)} role="img">
          {waiting}
        </span>
      )}
    </Link>
  );
}

/** The company in which one works; a menu where there are several. */
function Company(): ReactNode {
  const session = useSession();
  const choose = useSwitchCompany();
  const inside = (
    <>
      <Brandmark />
      <span>{session.company.name}</span>
    </>
  );
  if (session.companies.length < 2) return <div className={styles["company"]}>{inside}</div>;
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles["company"]} aria-label={texts.shell.switchCompany}>
          {inside}
          <ChevronsUpDown size={14} strokeWidth={2} aria-hidden />
        </button>
      }
      groups={[
        {
          title: texts.shell.switchCompany,
          items: session.companies.map(({ id, name }) => ({ label: name, icon: Building2, onSelect: () => choose(id) })),
        },
      ]}
    />
  );
}

/** What one may do with one's account: the theme, and the way out. */
function useAccountGroups(): MenuGroups {
  const theme = useTheme();
  const leave = useSignOut();
  return [
    {
      title: texts.shell.theme.title,
      items: THEMES.map(([name, icon]) => ({
        label: name === theme ? `${texts.shell.theme[name]} ${texts.shell.chosen}` : texts.shell.theme[name],
        icon,
        onSelect: () => setTheme(name),
      })),
    },
    {
      items: [
        { label: texts.shell.signOut, icon: LogOut, onSelect: () => leave(false) },
        { label: texts.shell.signOutEverywhere, icon: MonitorX, onSelect: () => leave(true) },
      ],
    },
  ];
}

/** The person who is signed in. */
function Account(): ReactNode {
  const { user } = useSession();
  const groups = useAccountGroups();
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles["item"]} title={user.email}>
          <Avatar name={user.name} picture={user.picture} />
          <span className={styles["text"]}>
            <span className="visually-hidden">{texts.shell.menuOfUser}, </span>
            {user.name}
          </span>
        </button>
      }
      groups={groups}
    />
  );
}

/** The bar of small screens: the first places, and all that the rail has besides in a menu. */
function BottomBar({ onSearch }: { onSearch: () => void }): ReactNode {
  const navigate = useNavigate();
  const account = useAccountGroups();
  const others = PLACES.filter(({ inBar }) => !inBar).map(({ path, label, icon }) => ({ label, icon, onSelect: () => void navigate({ to: path }) }));
  return (
    <nav className={styles["bottomBar"]} aria-label={texts.shell.main}>
      {PLACES.filter(({ inBar }) => inBar).map((place) => (
        <Link key={place.path} to={place.path} className={styles["bottomItem"]} activeProps={{ "aria-current": "page" }}>
          <place.icon size={20} strokeWidth={1.5} aria-hidden />
          {place.label}
        </Link>
      ))}
      <Menu
        trigger={
          <button type="button" className={styles["bottomItem"]}>
            <Ellipsis size={20} strokeWidth={1.5} aria-hidden />
            {texts.shell.more}
          </button>
        }
        groups={[{ items: [{ label: texts.shell.search, icon: Search, onSelect: onSearch }, ...others] }, ...account]}
      />
    </nav>
  );
}

/** Follows the changes of records; forgets what was read when another person or company takes the place of this one. */
function useLiveData(): void {
  const { user, company, sign_in } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const identity = `${company.id}.${user.id}`;
  const known = useRef(identity);
  useEffect(() => {
    if (known.current !== identity) void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
    known.current = identity;
    return followChanges(queries, identity);
  }, [identity, queries]);
  const lacksFactor = sign_in.second_factor_missing;
  useEffect(() => {
    if (lacksFactor) void navigate({ to: "/sign-in/second-factor" });
  }, [lacksFactor, navigate]);
}

/** What stands around every page: the rail, the bottom bar of small screens, the command palette. */
export function Shell(): ReactNode {
  const [paletteOpen, setPaletteOpen] = useState(false);
  useLiveData();
  useKeys({ "mod+k": () => setPaletteOpen(true), "?": () => setPaletteOpen(true) });
  return (
    <>
      <a className={styles["skip"]} href="#main">
        {texts.shell.skip}
      </a>
      <div className={styles["app"]}>
        <nav className={styles["rail"]} aria-label={texts.shell.main}>
          <Company />
          <button type="button" className={styles["search"]} onClick={() => setPaletteOpen(true)} aria-keyshortcuts="Meta+K Control+K">
            <Search size={14} strokeWidth={2} aria-hidden />
            <span>{texts.shell.search}</span>
            <Keys keys="mod+k" />
          </button>
          {SECTIONS.map(({ section, title }) => {
            const places = PLACES.filter((place) => place.section === section);
            return places.length === 0 ? null : (
              <div key={section} role="group" aria-label={title}>
                <p className={styles["title"]} aria-hidden>
                  {title}
                </p>
                {places.map((place) => (
                  <RailLink key={place.path} place={place} />
                ))}
              </div>
            );
          })}
          <div className={styles["foot"]}>
            {PLACES.filter((place) => place.section === "foot").map((place) => (
              <RailLink key={place.path} place={place} />
            ))}
            <Account />
          </div>
        </nav>
        <div className={styles["content"]}>
          <TopBarEnd end={<NotificationBell />}>
            <Outlet />
          </TopBarEnd>
        </div>
        <BottomBar onSearch={() => setPaletteOpen(true)} />
      </div>
      <SessionEnded />
      <CommandPalette open={paletteOpen} onClose={() => setPaletteOpen(false)} />
    </>
  );
}
