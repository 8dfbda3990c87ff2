import { type ReactNode, useState } from "react";
import type { RunDetails } from "../api/runs";
import { type Formats, useFormats } from "../shell/format";
import { texts } from "../texts";
import { Code, type Column, Section, Segmented, Table, Text } from "../ui";

const t = texts.runPages;

interface Param {
  path: string;
  value: unknown;
}

/** Returns parameters by their names, those of the body as `data.title`. */
function flat(params: Record<string, unknown>): Param[] {
  return Object.entries(params).flatMap(([name, value]) =>
    name === "data" && value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).map(([inner, one]) => ({ path: `data.${inner}`, value: one as unknown })) : [{ path: name, value }],
  );
}

/** Returns a value as it is told; of a file its name and size were kept. */
function told(value: unknown, formats: Formats): string {
  if (typeof value === "string") return value;
  if (value !== null && typeof value === "object" && "file" in value && "size" in value) return `${String(value.file)}, ${formats.size(Number(value.size))}`;
  return JSON.stringify(value);
}

const columns = (formats: Formats): Column<Param>[] => [
  {
    name: "name",
    title: t.name,
    cell: (row) => (
      <Text tone="faint">
        <code>{row.path}</code>
      </Text>
    ),
  },
  { name: "value", title: t.value, cell: (row) => <Text tone="strong">{told(row.value, formats)}</Text> },
];

/** With what a run was made. */
export function RunParams({ run }: { run: RunDetails }): ReactNode {
  const [view, setView] = useState<"table" | "json">("table");
  const formats = useFormats();
  const params = run.params as Record<string, unknown> | null;
  const rows = params ? flat(params) : [];
  return (
    <Section
      title={t.parameters}
      end={
        rows.length > 0 && (
          <Segmented
            label={t.parametersAs}
            size="small"
            value={view}
            onChange={setView}
            options={[
              { value: "table", label: t.viewTable },
              { value: "json", label: t.viewJson },
            ]}
          />
        )
      }
    >
      {rows.length === 0 ? (
        <Text tone="faint">{params === null ? t.notKept : t.noParams}</Text>
      ) : view === "json" ? (
        <Code wrap language="json" text={JSON.stringify(params, null, 2)} />
      ) : (
        <Table
          framed
          wrap
          label={t.parameters}
          rows={rows}
          rowKey={(row) => row.path}
          columns={columns(formats)}
        />
      )}
    </Section>
  );
}
