import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronLeft, ListFilter } from "lucide-react";
import { type ComponentProps, createContext, type ReactNode, useContext, useEffect, useId, useState } from "react";
import { texts } from "../texts";
import { IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Page.module.css";

/** A page beside the rail: bars above, the content, bars below. `title` is the name of the browser's tab. */
export function Page({ title, children }: { title: string; children: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · ${texts.product}`;
  }, [title]);
  return <div className={styles["page"]}>{children}</div>;
}

const End = createContext<ReactNode>(null);

/** Puts something at the end of the top bar of every page inside. */
export function TopBarEnd({ end, children }: { end: ReactNode; children: ReactNode }): ReactNode {
  return <End value={end}>{children}</End>;
}

interface TopBarProps {
  title: ReactNode;
  count?: ReactNode;
  /** The pages above this one. */
  path?: { label: string; link: LinkProps }[];
  /** Whether small screens, which do not show the path, have a way back to the page above. */
  back?: boolean;
  /** What stands behind the title. */
  after?: ReactNode;
  children?: ReactNode;
}

/** The bar with the page's title and its buttons, the main one last. */
export function TopBar({ title, count, path, back = true, after, children }: TopBarProps): ReactNode {
  const heading = (
    <h1>
      {title}
      {count !== undefined && <span className={styles["count"]}>{count}</span>}
    </h1>
  );
  const above = back ? path?.at(-1) : undefined;
  const end = useContext(End);
  return (
    <header className={styles["topBar"]}>
      {above && (
        <Link {...above.link} className={styles["back"]} aria-label={texts.shell.backTo(above.label)}>
          <ChevronLeft size={20} strokeWidth={1.75} aria-hidden />
        </Link>
      )}
      {path ? (
        <nav className={styles["breadcrumb"]} aria-label={texts.shell.path}>
          <ol>
            {path.map(({ label, link }) => (
              <li key={label}>
                <Link {...link}>{label}</Link>
              </li>
            ))}
            <li aria-current="page">{heading}</li>
          </ol>
        </nav>
      ) : (
        heading
      )}
      {after}
      {(children || end) && (
        <div className={styles["end"]}>
          {children}
          {end}
        </div>
      )}
    </header>
  );
}

interface ToolBarProps {
  /** What finds in the list. With it, small screens hide what else narrows it behind a button. */
  search?: ReactNode;
  /** What stands beside the search on small screens alone, such as a choice in place of a side list. */
  small?: ReactNode;
  /** How many of the things behind the button narrow the list. */
  narrowedBy?: number;
  end?: ReactNode;
  children?: ReactNode;
}

/** The bar with what narrows a list. */
export function ToolBar({ search, small, narrowedBy = 0, end, children }: ToolBarProps): ReactNode {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const rest = (
    <>
      {children}
      {end && <div className={styles["end"]}>{end}</div>}
    </>
  );
  if (!search) return <div className={styles["toolBar"]}>{rest}</div>;
  return (
    <div className={styles["toolBar"]}>
      {search}
      <div className={styles["onSmall"]}>
        {small}
        <IconButton icon={ListFilter} label={texts.shell.filters(narrowedBy)} aria-expanded={isOpen} aria-controls={id} className={narrowedBy > 0 ? styles["narrowed"] : undefined} onClick={() => setIsOpen(!isOpen)} />
      </div>
      <div id={id} className={classes(styles["filters"], isOpen && styles["open"])}>
        {rest}
      </div>
    </div>
  );
}

/** The class of the search field of a tool bar. */
export const searchClass = styles["search"] as string;

/** The content of a page. `split` for panes beside one another, which scroll by themselves. */
export function Main({ layout = "padded", children }: { layout?: "padded" | "bare" | "split"; children: ReactNode }): ReactNode {
  return (
    <main id="main" tabIndex={-1} className={classes(styles["main"], layout === "padded" && styles["padded"], layout === "split" && styles["split"])}>
      {children}
    </main>
  );
}

/** The bar at the end of a form. */
export function FootBar({ children, end }: { children?: ReactNode; end?: ReactNode }): ReactNode {
  return (
    <footer className={styles["footBar"]}>
      {children}
      {end && <div className={styles["end"]}>{end}</div>}
    </footer>
  );
}

/** The list at the left of a page: groups of it, or pages below it. */
export function SideList({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <nav className={styles["sideList"]} aria-label={label}>
      {children}
    </nav>
  );
}

export function SideTitle({ children }: { children: ReactNode }): ReactNode {
  return <h2 className={styles["sideTitle"]}>{children}</h2>;
}

/** What stands in a side list that has no entries. */
export function SideHint({ children }: { children: ReactNode }): ReactNode {
  return <p className={styles["sideHint"]}>{children}</p>;
}

/** What stands beside a side list, and scrolls by itself; `bare` for what has edges of its own. */
export function SplitContent({ bare = false, children }: { bare?: boolean; children: ReactNode }): ReactNode {
  return <div className={classes(styles["pane"], !bare && styles["padded"])}>{children}</div>;
}

/** What stands between bars and tables that run from edge to edge. */
export function Inset({ children }: { children: ReactNode }): ReactNode {
  return <div className={styles["inset"]}>{children}</div>;
}

/** A bar that small screens alone have, in place of a side list. */
export function SmallBar({ children }: { children: ReactNode }): ReactNode {
  return <div className={classes(styles["toolBar"], styles["smallBar"])}>{children}</div>;
}

/** A few figures in a row: what they are, above what they say. */
export function Figures({ items }: { items: [label: string, value: ReactNode][] }): ReactNode {
  return (
    <dl className={styles["figures"]}>
      {items.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The class of an entry of a side list, which is a link or a button. */
export const sideItemClass = styles["sideItem"] as string;

/** A part of a page with a heading. */
export function Section({ title, end, children }: { title: ReactNode; end?: ReactNode; children: ReactNode }): ReactNode {
  return (
    <section className={styles["section"]}>
      <div className={styles["sectionHead"]}>
        <h2>{title}</h2>
        {end && <div className={styles["end"]}>{end}</div>}
      </div>
      {children}
    </section>
  );
}

type Gap = 1 | 2 | 3 | 4 | 6;

/** Things below one another. */
export function Stack({ gap = 4, narrow = false, className, ...rest }: { gap?: Gap; narrow?: boolean } & ComponentProps<"div">): ReactNode {
  return <div {...rest} className={classes(styles["stack"], styles[`gap${gap}`], narrow && styles["narrow"], className)} />;
}

/** Things beside one another. */
export function Line({ gap = 2, between = false, center = false, wrap = false, className, ...rest }: { gap?: Gap; between?: boolean; center?: boolean; wrap?: boolean } & ComponentProps<"div">): ReactNode {
  return <div {...rest} className={classes(styles["line"], styles[`gap${gap}`], between && styles["between"], center && styles["center"], wrap && styles["wrap"], className)} />;
}

/** What small screens have no room for. */
export function WideOnly({ children }: { children: ReactNode }): ReactNode {
  return <span className={styles["wideOnly"]}>{children}</span>;
}

/** What only small screens need. */
export function SmallOnly({ children }: { children: ReactNode }): ReactNode {
  return <span className={styles["smallOnly"]}>{children}</span>;
}

/** A piece of text, by strength and size. */
export function Text({ tone = "normal", small = false, clip = false, title, children }: { tone?: "normal" | "faint" | "strong" | "due" | "lost"; small?: boolean; clip?: boolean; title?: string | undefined; children: ReactNode }): ReactNode {
  return (
    <span title={title} className={classes(tone !== "normal" && styles[tone], small && styles["smallText"], clip && styles["clip"])}>
      {children}
    </span>
  );
}
