/** Records and settings of the CRM by name, for pickers. They are read through the CRM's own API, as the person who is signed in. */
import { queryOptions } from "@tanstack/react-query";
import { answerOf, v1, v2 } from "./client";

export interface Found {
  id: number | string;
  name: string;
  detail?: string;
}

type Item = Record<string, unknown>;

/** Returns the rows of an answer, whose types differ from list to list. */
async function rowsOf(answer: Promise<unknown>): Promise<Item[]> {
  const { data } = (await answer) as { data?: unknown };
  return Array.isArray(data) ? (data as Item[]) : [];
}

const NAMES = ["name", "title", "subject", "label", "field_name", "file_name", "remove_url", "subscription_url", "content"];

/** Returns what a picker shows of a row. */
function found(row: Item, idName = "id", detail?: unknown): Found {
  const id = (row[idName] ?? row["id"]) as number | string;
  const name = NAMES.map((key) => row[key]).find((value) => typeof value === "string" && value !== "");
  return { id, name: plain(String(name ?? id)), ...(detail !== undefined && detail !== null && { detail: String(detail) }) };
}

/** Returns the text of a note, which is HTML, in one line. */
function plain(text: string): string {
  return text.includes("<") ? (new DOMParser().parseFromString(text, "text/html").body.textContent ?? "").slice(0, 80) : text;
}

const all = { params: { query: { limit: 500 } } };

const FIELD_LISTS = {
  activity: () => v2.GET("/api/v2/activityFields", all),
  deal: () => v2.GET("/api/v2/dealFields", all),
  lead: () => v2.GET("/api/v2/dealFields", all),
  organization: () => v2.GET("/api/v2/organizationFields", all),
  person: () => v2.GET("/api/v2/personFields", all),
  product: () => v2.GET("/api/v2/productFields", all),
  project: () => v2.GET("/api/v2/projectFields", all),
};

const FIELD_LISTS_BY_NUMBER = {
  activity: () => v1.GET("/v1/activityFields", {}),
  deal: () => v1.GET("/v1/dealFields", all),
  lead: () => v1.GET("/v1/leadFields", {}),
  note: () => v1.GET("/v1/noteFields", {}),
  organization: () => v1.GET("/v1/organizationFields", all),
  person: () => v1.GET("/v1/personFields", all),
  product: () => v1.GET("/v1/productFields", all),
};

/** A field of the company, as far as a form needs it. */
export interface CompanyField {
  field_code: string;
  field_name: string;
  field_type: string;
  options: { id: number | string; label: string }[] | null;
  is_custom_field: boolean;
}

/** The fields of one type of records. */
export const fieldsQuery = (of: string) =>
  queryOptions({
    queryKey: ["lookups", "fields", of],
    queryFn: async () => (of in FIELD_LISTS ? ((await rowsOf(answerOf(FIELD_LISTS[of as keyof typeof FIELD_LISTS]()))) as unknown as CompanyField[]) : []),
    staleTime: 60_000,
  });

async function labelsOf(about: string): Promise<Found[]> {
  const rows = about in FIELD_LISTS ? await rowsOf(answerOf(FIELD_LISTS[about as keyof typeof FIELD_LISTS]())) : [];
  const field = rows.find((row) => row["field_code"] === "label_ids" || row["field_code"] === "label");
  return ((field?.["options"] ?? []) as Item[]).map((option) => found(option));
}

async function fieldsOf(about: string, byCode: boolean): Promise<Found[]> {
  if (byCode) return ((await rowsOf(answerOf(FIELD_LISTS[about as keyof typeof FIELD_LISTS]()))) as Item[]).map((row) => found(row, "field_code"));
  return (await rowsOf(answerOf(FIELD_LISTS_BY_NUMBER[about as keyof typeof FIELD_LISTS_BY_NUMBER]()))).map((row) => found(row));
}

/** Returns stages, each with its pipeline. */
async function stages(): Promise<Found[]> {
  const [rows, pipelines] = await Promise.all([rowsOf(answerOf(v2.GET("/api/v2/stages", all))), rowsOf(answerOf(v2.GET("/api/v2/pipelines", all)))]);
  const names = new Map(pipelines.map((row) => [row["id"], row["name"]]));
  return rows.map((row) => found(row, "id", names.get(row["pipeline_id"])));
}

const plainList = (rows: Promise<Item[]>, idName?: string, detail?: string): Promise<Found[]> => rows.then((items) => items.map((row) => found(row, idName, detail && row[detail])));

/** What there is little of, read whole. */
const WHOLE: Record<string, (about: string, byCode: boolean) => Promise<Found[]>> = {
  activity_type: () => plainList(rowsOf(answerOf(v1.GET("/v1/activityTypes")))),
  board: () => plainList(rowsOf(answerOf(v2.GET("/api/v2/boards")))),
  currency: () => plainList(rowsOf(answerOf(v1.GET("/v1/currencies"))), "code", "code"),
  field: fieldsOf,
  filter: () => plainList(rowsOf(answerOf(v1.GET("/v1/filters"))), "id", "type"),
  label: labelsOf,
  lead_label: () => plainList(rowsOf(answerOf(v1.GET("/v1/leadLabels")))),
  permission_set: () => plainList(rowsOf(answerOf(v1.GET("/v1/permissionSets")))),
  pipeline: () => plainList(rowsOf(answerOf(v2.GET("/api/v2/pipelines", all)))),
  project_template: () => plainList(rowsOf(answerOf(v2.GET("/api/v2/projectTemplates", all)))),
  role: () => plainList(rowsOf(answerOf(v1.GET("/v1/roles", all)))),
  stage: stages,
  team: () => plainList(rowsOf(answerOf(v1.GET("/v1/legacyTeams")))),
  user: () => plainList(rowsOf(answerOf(v1.GET("/v1/users"))), "id", "email"),
  webhook: () => plainList(rowsOf(answerOf(v1.GET("/v1/webhooks")))),
};

const recent = { params: { query: { limit: 50, sort_by: "update_time", sort_direction: "desc" } } } as const;
const some = { params: { query: { limit: 100 } } };

/** What there may be much of: the latest of it, one by its id, and whether texts find it. */
const MANY: Record<string, { latest: () => Promise<Item[]>; one: (id: number) => Promise<unknown>; isSearched: boolean }> = {
  activity: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/activities", recent))), one: (id) => answerOf(v2.GET("/api/v2/activities/{id}", at(id))), isSearched: false },
  deal: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/deals", recent))), one: (id) => answerOf(v2.GET("/api/v2/deals/{id}", at(id))), isSearched: true },
  file: { latest: () => rowsOf(answerOf(v1.GET("/v1/files", some))), one: (id) => answerOf(v1.GET("/v1/files/{id}", at(id))), isSearched: false },
  lead: { latest: () => rowsOf(answerOf(v1.GET("/v1/leads", some))), one: (id) => answerOf(v1.GET("/v1/leads/{id}", { params: { path: { id: String(id) } } })), isSearched: true },
  note: { latest: () => rowsOf(answerOf(v1.GET("/v1/notes", some))), one: (id) => answerOf(v1.GET("/v1/notes/{id}", at(id))), isSearched: false },
  organization: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/organizations", recent))), one: (id) => answerOf(v2.GET("/api/v2/organizations/{id}", at(id))), isSearched: true },
  person: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/persons", recent))), one: (id) => answerOf(v2.GET("/api/v2/persons/{id}", at(id))), isSearched: true },
  phase: { latest: phases, one: (id) => answerOf(v2.GET("/api/v2/phases/{id}", at(id))), isSearched: false },
  product: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/products", some))), one: (id) => answerOf(v2.GET("/api/v2/products/{id}", at(id))), isSearched: true },
  project: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/projects", some))), one: (id) => answerOf(v2.GET("/api/v2/projects/{id}", at(id))), isSearched: true },
  task: { latest: () => rowsOf(answerOf(v2.GET("/api/v2/tasks", some))), one: (id) => answerOf(v2.GET("/api/v2/tasks/{id}", at(id))), isSearched: false },
};

function at(id: number): { params: { path: { id: number } } } {
  return { params: { path: { id } } };
}

/** Returns the phases of all boards. */
async function phases(): Promise<Item[]> {
  const boards = await rowsOf(answerOf(v2.GET("/api/v2/boards")));
  const inBoards = await Promise.all(boards.map((board) => rowsOf(answerOf(v2.GET("/api/v2/phases", { params: { query: { board_id: Number(board["id"]) } } })))));
  return inBoards.flat();
}

/** The server searches for texts of this length and longer. */
const MIN_SEARCH = 2;

async function search(type: string, text: string): Promise<Found[]> {
  const query = { term: text, item_types: [type as "deal"], limit: 30 };
  const answer = (await answerOf(v2.GET("/api/v2/itemSearch", { params: { query } }))) as { data?: { items?: { item: Item }[] } };
  return (answer.data?.items ?? []).map(({ item }) => found(item, "id", item["id"]));
}

/** Whether records of this kind can be looked up by name. */
export function canLookUp(reference: string, about: string | null): boolean {
  if (reference === "label" || reference === "field") return about !== null && (about in FIELD_LISTS || about in FIELD_LISTS_BY_NUMBER);
  return reference in WHOLE || reference in MANY;
}

export interface Lookup {
  reference: string;
  about: string | null;
  /** Fields go by their codes where the value is a text. */
  byCode: boolean;
}

/** What a picker offers for a text. What there is little of is read once, and filtered by whoever shows it. */
export const lookupQuery = ({ reference, about, byCode }: Lookup, text: string) => {
  const many = MANY[reference];
  const term = many?.isSearched && text.trim().length >= MIN_SEARCH ? text.trim() : "";
  return queryOptions({
    queryKey: ["lookups", reference, about, byCode, term],
    queryFn: async () => {
      if (!many) return (await WHOLE[reference]?.(about ?? "", byCode)) ?? [];
      return term ? search(reference, term) : (await many.latest()).map((row) => found(row, "id", row["id"]));
    },
    staleTime: 60_000,
  });
};

/**
 * The name of what has an id; null when there is none, or it cannot be seen. Those of records are read anew when these change, and not
 * when they are deleted: there is nothing to read then.
 */
export const nameQuery = (lookup: Lookup, id: number | string) => {
  const many = MANY[lookup.reference];
  return queryOptions({
    queryKey: many ? ["names", lookup.reference, id] : ["lookups", "name", lookup.reference, lookup.about, lookup.byCode, id],
    queryFn: async (): Promise<Found | null> => {
      if (!many) return ((await WHOLE[lookup.reference]?.(lookup.about ?? "", lookup.byCode)) ?? []).find((one) => String(one.id) === String(id)) ?? null;
      const { data } = (await many.one(id as number)) as { data?: Item };
      return data ? found(data, "id", data["id"]) : null;
    },
    retry: false,
    staleTime: 60_000,
  });
};
