"""Lists what the vendor's OpenAPI documents have and this server's own lack: `python -m scripts.api_differences`.

Compared are operations, parameters by where they go, members of bodies, values of enumerations, and properties of answers, of
today's documents and the older ones (`scripts.reference`): what the vendor has withdrawn stays here. Only one direction counts;
this server may have more. A part that the server leaves open (any JSON) is not compared; `make conformance` looks into its answers.
The differences that stay are `ACCEPTED`, each with its reason.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dealwright.contract.endpoint import PREFIXES, Version
from dealwright.server import openapi
from scripts import reference

METHODS = ("get", "post", "put", "patch", "delete")
MAX_DEPTH = 12
KEY_OF_RECORD = re.compile(r"\d+|[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{3}|\d{4}-\d\d-\d\d.*")

Schema = dict[str, Any]

ACCEPTED: Mapping[str, str] = {
    r".*: answer\.additional_data\.(start|limit|more_items_in_collection): the property": (
        "The schema has the pagination beside `additional_data.pagination`; all examples have it inside."
    ),
    r"v1 \w+ /deals/\{id\}/participants: answer\.data.*": (
        "The older document's schema is that of persons, and its examples and today's schema are those of participants."
    ),
    r"v1 GET /deals/timeline(/archived)?: answer\.data\..*": (
        "The document shows one interval of a list: the parameter `amount` asks for several."
    ),
    r"v1 .*: answer\.data(\[\])?(\.person)?\.picture_id\.id: the property": (
        "The schema says `id`, every example `value`."
    ),
    r"v1 GET /permissionSets/\{id\}: answer\.(id|name|description|app|type|assignment_count|contents|data): .*": (
        "The schema has the set in place of the whole answer, the example a list of one in `data`; here `data` is the set."
    ),
    r"v1 DELETE /(projects|tasks)/\{id\}: answer\.data\.(success|data): the property": (
        "The schema has the answer inside itself; the example has the id in `data`."
    ),
    r"v[12] GET /products: answer\.data\[\]\.(success|data|related_objects): the property": (
        "The schema's elements are answers with one product each; the example's are products."
    ),
    r"v2 \w+ /organizations(/\{id\})?: answer\.data(\[\])?\.org_id: the property": (
        "An organization has no organization: only examples show it, copied from persons."
    ),
    r"v1 GET /persons/\{id\}/followers: answer\.data\[\]\.deal_id: the property": (
        "Only the example shows it, copied from the followers of deals."
    ),
    r"v1 GET /organizations/\{id\}: answer\.additional_data\.pagination: the property": (
        "One record has no pages; only the example shows them."
    ),
    r"v1 POST /persons/\{id\}/picture: answer\.data\.PICTURE_ID: the property": (
        "A word that stands for the id of a picture, which is the key."
    ),
    r"v1 GET /(deals|persons|organizations)/\{id\}/activities: answer\.additional_data\.allOf: the property": (
        "The example shows a keyword of schemas."
    ),
    r"v1 GET /leads/search: answer\.additional_data\.(description|type|properties): the property": (
        "The example shows a schema in place of the pagination."
    ),
    r'v1 GET /recents: answer\.additional_data\.pagination": the property': "The name in the example has a stray quote.",
}
"""Why some differences stay, by a pattern that the text of a difference matches as a whole."""


class Difference(NamedTuple):
    """Something documented that is not declared: ``place`` is where in the operation, ``what`` is lacking."""

    operation: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.place}: {self.what}"


class Node(NamedTuple):
    """A place in a document: the schemas that may describe it, without references and without null."""

    document: Schema
    schemas: tuple[Schema, ...]

    @classmethod
    def at(cls, document: Schema, *schemas: Schema) -> Node:
        """Returns the place that these schemas describe."""
        return cls(document, tuple(_alternatives(document, schemas)))

    @property
    def is_open(self) -> bool:
        """Whether something of any form may stand here."""
        return any(
            not schema.keys() & {"type", "properties", "items", "enum", "const"}
            or (schema.get("type") == "object" and "properties" not in schema)
            for schema in self.schemas
        )

    @property
    def properties(self) -> dict[str, Node]:
        """The properties that an object at this place may have."""
        found: dict[str, list[Schema]] = {}
        for schema in self.schemas:
            for name, declared in schema.get("properties", {}).items():
                found.setdefault(name, []).append(declared)
        return {name: Node.at(self.document, *declared) for name, declared in found.items()}

    @property
    def items(self) -> Node | None:
        """The elements of a list at this place; None where there is no list."""
        found = [schema["items"] for schema in self.schemas if schema.get("items")]
        return Node.at(self.document, *found) if found else None

    @property
    def values(self) -> Node | None:
        """The values of an object whose keys are not declared."""
        found = [
            schema["additionalProperties"]
            for schema in self.schemas
            if isinstance(schema.get("additionalProperties"), dict)
        ]
        return Node.at(self.document, *found) if found else None

    @property
    def choices(self) -> set[str] | None:
        """The values of an enumeration, as text; None where any value may stand here."""
        found: set[str] = set()
        for schema in self.schemas:
            if "const" in schema:
                found.add(str(schema["const"]))
            elif "enum" in schema:
                found |= {str(value) for value in schema["enum"] if value is not None}
            else:
                return None
        return found


def _alternatives(document: Schema, schemas: Sequence[Schema], depth: int = 0) -> Iterator[Schema]:
    """Yields the schemas that these stand for; parts that apply together are taken for alternatives, which have the same names."""
    for schema in schemas:
        if "$ref" in schema:
            found: Any = document
            for key in schema["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            yield from _alternatives(document, [found], depth + 1)
            continue
        parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
        own = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")}
        if schema.get("type") == "null" or schema.get("enum") == [None]:
            continue
        if not parts or own.keys() & {"properties", "items", "enum", "const"}:
            yield own
        yield from _alternatives(document, parts, depth + 1)


def list_differences() -> Iterator[Difference]:
    """Yields all that is documented and not declared, of both versions. Raises FileNotFoundError without the documents."""
    for version, names in reference.DOCUMENTS.items():
        declared = openapi.document(version)
        for name in names:
            document = reference.load(reference.folder() / name)
            for method, path, documented in operations(document):
                yield from _compare_operation(version, method, path, Node.at(document), documented, declared)


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Yields method, path and declaration of every operation of a document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def _compare_operation(
    version: Version, method: str, path: str, root: Node, documented: Schema, declared: Schema
) -> Iterator[Difference]:
    name = f"{version} {method} {path}"
    own = declared["paths"].get(path if path.startswith("/oauth") else PREFIXES[version] + path, {}).get(method.lower())
    if own is None:
        yield Difference(name, "operation", "the operation")
        return
    there, here = root.document, declared
    taken = {(one["in"], one["name"]): one for one in own["parameters"]}
    for parameter in (_resolve(there, one) for one in documented.get("parameters", ())):
        key = (parameter["in"], parameter["name"])
        place = f"{key[0]} {key[1]}"
        if key not in taken:
            yield Difference(name, place, "the parameter")
        else:
            ours = Node.at(here, taken[key]["schema"])
            yield from _compare(name, place, Node.at(there, parameter.get("schema", {})), ours)
    if body := _content(there, documented.get("requestBody", {})):
        ours = Node.at(here, _content(here, own.get("requestBody", {})) or {"type": "null"})
        yield from _compare(name, "body", Node.at(there, body), ours)
    status, answer = min((int(code), response) for code, response in documented["responses"].items() if code[0] in "23")
    if str(status) not in own["responses"]:
        yield Difference(name, "answer", f"the status {status}")
        return
    if media := _media(there, answer):
        ours = Node.at(here, _media(here, own["responses"][str(status)]).get("schema", {}))
        shown = [media.get("schema", {}), _schema_of(media["example"])] if "example" in media else [media["schema"]]
        for schema in shown:
            yield from _compare(name, "answer", Node.at(there, schema), ours, choices=False)


def _compare(
    operation: str, place: str, there: Node, here: Node, *, choices: bool = True, depth: int = 0
) -> Iterator[Difference]:
    """Yields what one place documents and the other does not declare. What answers may hold is no matter of choices."""
    if here.is_open or depth > MAX_DEPTH:
        return
    if choices and (documented := there.choices) is not None and (ours := here.choices) is not None:
        for choice in sorted(documented - ours):
            yield Difference(operation, place, f"the value {choice}")
    declared = here.properties
    for name, node in there.properties.items():
        own = declared.get(name) or here.values
        if own is None:
            yield Difference(operation, f"{place}.{name}", "the property")
        else:
            yield from _compare(operation, f"{place}.{name}", node, own, choices=choices, depth=depth + 1)
    if there.items and here.items:
        yield from _compare(operation, f"{place}[]", there.items, here.items, choices=choices, depth=depth + 1)
    elif there.items and not here.items:
        yield Difference(operation, place, "the list")


def _content(document: Schema, holder: Schema) -> Schema:
    """Returns the schema of a body."""
    schema: Schema = _media(document, holder).get("schema", {})
    return schema


def _media(document: Schema, holder: Schema) -> Schema:
    """Returns what is declared of a body or an answer in its first media type."""
    media: Schema = next(iter(_resolve(document, holder).get("content", {}).values()), {})
    return media


def _schema_of(example: Any) -> Schema:
    """Returns the schema of an example, which can show what the schema leaves out. Keys that are ids or dates are no names."""
    if isinstance(example, dict):
        if any(KEY_OF_RECORD.fullmatch(str(name)) for name in example):
            return {"type": "object", "additionalProperties": {"anyOf": [_schema_of(one) for one in example.values()]}}
        return {"type": "object", "properties": {str(name): _schema_of(one) for name, one in example.items()}}
    if isinstance(example, list):
        return (
            {"type": "array", "items": {"anyOf": [_schema_of(one) for one in example]}}
            if example
            else {"type": "array"}
        )
    return {"type": "string", "enum": [example]}


def _resolve(document: Schema, schema: Schema) -> Schema:
    return _resolve(document, next(_alternatives(document, [schema]))) if "$ref" in schema else schema


def find_reason(difference: Difference) -> str | None:
    """Returns the pattern of `ACCEPTED` that a difference matches; None where it is not accepted."""
    return next((pattern for pattern in ACCEPTED if re.fullmatch(pattern, str(difference))), None)


def main() -> int:
    """Prints the differences that are not accepted; returns 1 when there are any."""
    found = [one for one in dict.fromkeys(list_differences()) if find_reason(one) is None]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
