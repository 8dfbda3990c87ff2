/** Scripts to begin with. */
import { texts } from "../texts";

const t = texts.editorPage.exampleNames;

export interface Example {
  name: string;
  code: string;
}

/** The call of the connector's document, which runs as it stands. */
export const FIRST = `from abstra.connectors import run_connection_action

result = run_connection_action(
    connection_name="local",
    action_name="get_deals",
    params={
        "status": "open",
        "limit": 5
    })

for deal in result["data"]:
    print(deal["title"], deal["value"], deal["currency"], sep="\\t")
`;

const ALL_PAGES = `from abstra.connectors import run_connection_action

params = {"limit": 100}
count = 0
while True:
    page = run_connection_action("local", "get_persons", params)
    for person in page["data"]:
        count += 1
        print(person["id"], person["name"], sep="\\t")
    cursor = (page.get("additional_data") or {}).get("next_cursor")
    if not cursor:
        break
    params["cursor"] = cursor

print(count, "people")
`;

const CREATE_ONCE = `from abstra.connectors import run_connection_action

# Rehearse it first: that shows what it would change, in a copy of the company.
NAME = "Example bakery"

found = run_connection_action("local", "get_organizations_search", {"term": NAME, "exact_match": True})
if found["data"]["items"]:
    print("It is there already:", found["data"]["items"][0]["item"]["id"])
else:
    made = run_connection_action("local", "post_organizations", {"data": {"name": NAME}})
    print("Created:", made["data"]["id"])
`;

const AS_CSV = `import csv
import sys

from abstra.connectors import run_connection_action

deals = run_connection_action("local", "get_deals", {"limit": 100})["data"]

writer = csv.writer(sys.stdout)
writer.writerow(["id", "title", "value", "currency", "status"])
for deal in deals:
    writer.writerow([deal["id"], deal["title"], deal["value"], deal["currency"], deal["status"]])
`;

export const EXAMPLES: Example[] = [
  { name: t.first, code: FIRST },
  { name: t.pages, code: ALL_PAGES },
  { name: t.once, code: CREATE_ONCE },
  { name: t.csv, code: AS_CSV },
];
