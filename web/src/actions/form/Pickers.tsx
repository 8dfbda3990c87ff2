import { useQueries, useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useState } from "react";
import { type Found, type Lookup, lookupQuery, nameQuery } from "../../api/lookups";
import { texts } from "../../texts";
import { Combobox, MultiCombobox, type Option } from "../../ui";

type Id = number | string;

/** Returns what a picker shows of what was found; the id tells those of one name apart. */
function optionOf({ id, name, detail }: Found): Option<Id> {
  return { value: id, label: name, detail: detail ?? String(id) };
}

/** A picker's options for what is typed into it. */
function useOptions(lookup: Lookup): { options: Option<Id>[]; busy: boolean; onSearch: (text: string) => void } {
  const [typed, setTyped] = useState("");
  const text = useDeferredValue(typed);
  const { data, isFetching } = useQuery({ ...lookupQuery(lookup, text), placeholderData: (before) => before });
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const options = (data ?? [])
    .filter((one) => words.every((word) => `${one.name} ${one.detail ?? ""}`.toLowerCase().includes(word)))
    .slice(0, 100)
    .map(optionOf);
  // An id that is typed is one that may be chosen.
  if (/^\d+$/.test(text.trim()) && !options.some(({ value }) => String(value) === text.trim())) options.push({ value: Number(text), label: text.trim(), detail: "id" });
  return { options, busy: isFetching, onSearch: setTyped };
}

/** Picks a record or a setting of the CRM by its name. */
export function RecordPicker({ lookup, value, onChange }: { lookup: Lookup; value: Id | null; onChange: (value: Id | undefined) => void }): ReactNode {
  const search = useOptions(lookup);
  const known = search.options.find((option) => option.value === value);
  const named = useQuery({ ...nameQuery(lookup, value ?? 0), enabled: value !== null && !known });
  const chosen = value === null ? null : (known ?? (named.data ? optionOf(named.data) : { value, label: named.isLoading ? texts.actionPage.loadingNames : String(value) }));
  return <Combobox {...search} value={chosen} onChange={(option) => onChange(option?.value)} />;
}

/** Picks several. */
export function RecordsPicker({ lookup, value, onChange }: { lookup: Lookup; value: Id[]; onChange: (value: Id[]) => void }): ReactNode {
  const search = useOptions(lookup);
  const names = useQueries({ queries: value.map((id) => nameQuery(lookup, id)) });
  const chosen = value.map((id, index) => {
    const name = names[index]?.data;
    return search.options.find((option) => option.value === id) ?? (name ? optionOf(name) : { value: id, label: String(id) });
  });
  return <MultiCombobox {...search} value={chosen} onChange={(options) => onChange(options.map((option) => option.value))} />;
}
