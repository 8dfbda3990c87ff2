import { useQuery } from "@tanstack/react-query";
import { Autocomplete } from "@base-ui/react/autocomplete";
import { useNavigate } from "@tanstack/react-router";
import { Building2, LogOut, type LucideIcon, Monitor, Moon, Plug, Plus, Search, Sun, Zap } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { actionsQuery } from "../api/actions";
import { connectionsQuery } from "../api/connections";
import { useSession } from "../api/session";
import { texts } from "../texts";
import { BareDialog, Keys } from "../ui";
import styles from "./CommandPalette.module.css";
import { useSignOut, useSwitchCompany } from "./leaving";
import { PLACES } from "./places";
import { setTheme } from "./theme";

interface Command {
  id: string;
  label: string;
  /** Whether the label is a name of the contract. */
  code?: boolean;
  detail?: string;
  icon: LucideIcon;
  run: () => void;
}

interface CommandGroup {
  value: string;
  items: Command[];
}

/** Of these only as many are shown as one looks through; typing more finds the others. */
const MAX_ACTIONS = 30;

/** Returns whether every word of a text stands in another one. */
function matches(text: string, words: string[]): boolean {
  const found = text.toLowerCase();
  return words.every((word) => found.includes(word));
}

/** Returns pages, commands and connections, and all actions; what is not read yet comes when it is there. */
function useCommands(open: boolean): { groups: CommandGroup[]; actions: Command[] } {
  const navigate = useNavigate();
  const { companies, company } = useSession();
  const others = useMemo(() => companies.filter(({ id }) => id !== company.id), [companies, company.id]);
  const choose = useSwitchCompany();
  const leave = useSignOut();
  const { data: connections } = useQuery({ ...connectionsQuery, enabled: open });
  const { data: actions } = useQuery({ ...actionsQuery, enabled: open });
  const groups = useMemo((): CommandGroup[] => {
    const go = PLACES.map(({ path, label, icon }): Command => ({ id: path, label, icon, run: () => void navigate({ to: path }) }));
    const commands: Command[] = [
      { id: "add-connection", label: texts.connectionPages.add, icon: Plus, run: () => void navigate({ to: "/connections/new" }) },
      { id: "light", label: texts.palette.light, icon: Sun, run: () => setTheme("light") },
      { id: "dark", label: texts.palette.dark, icon: Moon, run: () => setTheme("dark") },
      { id: "system", label: texts.palette.system, icon: Monitor, run: () => setTheme("system") },
      ...others.map(({ id, name }): Command => ({ id: `company-${id}`, label: texts.palette.switchTo(name), icon: Building2, run: () => choose(id) })),
      { id: "sign-out", label: texts.shell.signOut, icon: LogOut, run: () => leave(false) },
    ];
    const known = (connections ?? []).map(
      ({ id, name, account }): Command => ({ id: `connection-${id}`, label: name, detail: account?.company_name ?? "", icon: Plug, run: () => void navigate({ to: "/connections", hash: `connection-${id}` }) }),
    );
    return [
      { value: texts.palette.goTo, items: go },
      { value: texts.palette.commands, items: commands },
      { value: texts.palette.connections, items: known },
    ];
  }, [navigate, connections, others, choose, leave]);
  const all = useMemo(
    (): Command[] =>
      (actions ?? []).map(({ qualified_name: id, version, name, summary }) => ({
        id,
        label: name,
        code: true,
        detail: `${summary} ${version}`,
        icon: Zap,
        run: () => void navigate({ to: "/actions/$version/$name", params: { version, name } }),
      })),
    [navigate, actions],
  );
  return useMemo(() => ({ groups, actions: all }), [groups, all]);
}

function lengthOf({ label, detail = "" }: Command): number {
  return label.length + detail.length;
}

/** Returns the commands with all words of what was typed; actions, which are hundreds, only once something was. */
function find({ groups, actions }: ReturnType<typeof useCommands>, text: string): CommandGroup[] {
  const words = text.toLowerCase().split(/[\s_]+/).filter(Boolean);
  const found = groups.map((group) => ({ ...group, items: group.items.filter((item) => matches(`${item.label} ${item.detail ?? ""}`, words)) }));
  const ran = words.length === 0 ? [] : actions.filter((item) => matches(`${item.label} ${item.detail ?? ""}`, words));
  // Those that say little else come first, and of these the newest version.
  const sorted = ran.toSorted((one, other) => lengthOf(one) - lengthOf(other) || other.id.localeCompare(one.id)).slice(0, MAX_ACTIONS);
  return [...found, { value: texts.places.actions, items: sorted }].filter((group) => group.items.length > 0);
}

/** Finds any page, command, connection and action by typing. */
export function CommandPalette({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const [text, setText] = useState("");
  const commands = useCommands(open);
  const groups = useMemo(() => find(commands, text), [commands, text]);
  const close = (): void => {
    setText("");
    onClose();
  };
  return (
    <BareDialog open={open} onClose={close} title={texts.shell.commands}>
      <Autocomplete.Root
        open
        inline
        items={groups}
        value={text}
        onValueChange={setText}
        filter={null}
        autoHighlight="always"
        keepHighlight
        itemToStringValue={(item: Command) => item.label}
      >
        <div className={styles["input"]}>
          <Search size={16} strokeWidth={1.75} aria-hidden />
          <Autocomplete.Input placeholder={texts.palette.placeholder} aria-label={texts.shell.commands} />
          <Keys keys="Esc" />
        </div>
        <div className={styles["list"]}>
          <Autocomplete.Empty>
            <p className={styles["empty"]}>{texts.form.nothingFound}</p>
          </Autocomplete.Empty>
          <Autocomplete.List>
            {(group: CommandGroup) => (
              <Autocomplete.Group key={group.value} items={group.items}>
                <Autocomplete.GroupLabel className={styles["title"]}>{group.value}</Autocomplete.GroupLabel>
                <Autocomplete.Collection>
                  {(item: Command) => (
                    <Autocomplete.Item
                      key={item.id}
                      value={item}
                      className={styles["item"]}
                      onClick={() => {
                        close();
                        item.run();
                      }}
                    >
                      <item.icon size={16} strokeWidth={1.75} aria-hidden />
                      {item.code ? <code>{item.label}</code> : <span>{item.label}</span>}
                      {item.detail && <span className={styles["detail"]}>{item.detail}</span>}
                    </Autocomplete.Item>
                  )}
                </Autocomplete.Collection>
              </Autocomplete.Group>
            )}
          </Autocomplete.List>
        </div>
      </Autocomplete.Root>
    </BareDialog>
  );
}
