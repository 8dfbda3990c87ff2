import { Fragment, type ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Table.module.css";

export interface Column<Row> {
  name: string;
  title: ReactNode;
  cell: (row: Row) => ReactNode;
  number?: boolean;
  /** Left out on small screens. */
  wide?: boolean;
  /** Takes the width that others leave, and cuts what is longer. */
  fill?: boolean;
}

interface TableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string | number;
  /** Rows with the same group stand under its name. */
  group?: (row: Row) => string;
  /** Whether long texts go on in the next line. */
  wrap?: boolean;
  /** In a frame, inside of something; otherwise from edge to edge. */
  framed?: boolean;
}

/** A table of rows. */
export function Table<Row>({ label, columns, rows, rowKey, group, framed = false, wrap = false }: TableProps<Row>): ReactNode {
  const cellClass = (column: Column<Row>): string => classes(column.number && styles["number"], column.wide && styles["wide"], column.fill && styles["fill"]);
  const table = (
    <table className={classes(styles["table"], framed && styles["inset"], wrap && styles["wrapped"])} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={cellClass(column)}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => {
          const name = group?.(row);
          const previous = rows[index - 1];
          return (
            <Fragment key={rowKey(row)}>
              {name !== undefined && (!previous || group?.(previous) !== name) && (
                <tr className={styles["group"]}>
                  <td colSpan={columns.length}>{name}</td>
                </tr>
              )}
              <tr>
                {columns.map((column) => (
                  <td key={column.name} className={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
  return framed ? <div className={styles["framed"]}>{table}</div> : table;
}

/** What can be done with a row; seen while one points at the row, and always with `always`. */
export function RowAction({ always = false, children }: { always?: boolean; children: ReactNode }): ReactNode {
  return <span className={always ? undefined : styles["action"]}>{children}</span>;
}

/** The class of a link that the whole row follows. */
export const rowLinkClass = styles["rowLink"] as string;

/** The class of what stands under a cell on small screens, where columns are left out. */
export const subClass = styles["sub"] as string;

/** Labels with their values. */
export function Details({ items }: { items: [label: ReactNode, value: ReactNode][] }): ReactNode {
  return (
    <dl className={styles["details"]}>
      {items.map(([label, value], index) => (
        <Fragment key={index}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
