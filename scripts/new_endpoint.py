"""Writes the skeleton of an endpoint: what is still missing of its declaration, rule, handler and test.

    python -m scripts.new_endpoint "GET /api/v2/tasks/{id}" [--wing work] [--module tasks] [--root FOLDER]

Names, types, scopes and cost come from the vendor's documents when they are at hand (`scripts.reference`). Wing and module are
those of the endpoints whose paths begin alike, unless they are given. Nothing that is there is changed: functions and classes
are added at the end of a module, then the files are formatted. What is left to do is marked with ``...`` and printed.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import inspect
import re
import subprocess
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import PREFIXES, Version, action_name, snake_case
from scripts import reference
from scripts.reference import Member, Operation

FLAT_PARAMETERS = 3
RULES = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
# Parameters that many operations take have a type of their own in `contract.parameters`.
SHARED_PARAMETERS = {
    "filter_id": "FilterId",
    "ids": "Ids",
    "owner_id": "OwnerId",
    "user_id": "UserId",
    "sort": "Sort",
    "sort_direction": "SortDirection",
    "updated_since": "UpdatedSince",
    "updated_until": "UpdatedUntil",
    "custom_fields": "CustomFieldKeys",
    "first_char": "FirstChar",
}


class Skeleton(NamedTuple):
    """What is to be written, and where."""

    method: str
    path: str
    version: Version
    wing: str
    module: str
    operation: Operation
    is_declared: bool

    @property
    def name(self) -> str:
        """The name of the action."""
        return action_name(self.method, self.path)

    @property
    def record(self) -> str:
        """The name of the answer's type: ``Task`` in the module ``tasks``."""
        singular = re.sub(r"ies$", "y", self.module) if self.module.endswith("ies") else self.module.removesuffix("s")
        return "".join(word.capitalize() for word in singular.split("_"))

    @property
    def body(self) -> str:
        """The name of the body's type."""
        return f"New{self.record}" if self.method == "POST" else f"{self.record}Changes"

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return "list_all" if self.operation.is_list and self.method == "GET" else RULES[self.method]

    @property
    def queries(self) -> list[Member]:
        """The query parameters that are not about pages."""
        paging = ("cursor", "limit", "start")
        return [one for one in self.operation.parameters if one.location == "query" and one.name not in paging]

    @property
    def paging(self) -> str | None:
        """The struct of the page that is asked for; None for what has no pages."""
        names = {parameter.name for parameter in self.operation.parameters}
        return "CursorPaging" if "cursor" in names else "OffsetPaging" if "start" in names else None

    @property
    def answer(self) -> str:
        """The type of the whole answer."""
        if self.method == "DELETE":
            return "Item[Deleted]"
        if not self.operation.is_list:
            return f"Item[{self.record}]"
        envelope = {
            None: "List",
            "CursorPaging": "Page" if self.version == "v2" else "CursorPage",
            "OffsetPaging": "Page",
        }
        return f"{envelope[self.paging]}[{self.record}]"

    @property
    def id_type(self) -> str | None:
        """The type of the id in the path; None where there is none."""
        ids = [parameter for parameter in self.operation.parameters if parameter.location == "path"]
        return ids[0].type if ids else None


def main(arguments: Sequence[str]) -> int:
    """Writes the skeleton; returns 2 for an endpoint that cannot be placed."""
    wings = sorted({_wing_and_module(entry)[0] for entry in catalogue.entries().values()})
    parser = argparse.ArgumentParser(
        prog="python -m scripts.new_endpoint", description="Writes the skeleton of an endpoint."
    )
    parser.add_argument("endpoint", help='method and path, such as "GET /api/v2/tasks/{id}"')
    parser.add_argument("--wing", choices=wings)
    parser.add_argument("--module", help="the name of the modules, such as tasks")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[1], help="the checkout to write to"
    )
    given = parser.parse_args(arguments)
    method, _, path = given.endpoint.partition(" ")
    version: Version | None = next(
        (version for version in get_args(Version) if path.startswith(f"{PREFIXES[version]}/")), None
    )
    if method not in RULES or version is None:
        parser.error(f"{given.endpoint!r} is not a method and a path below {' or '.join(PREFIXES.values())}")
    wing, module = given.wing, given.module
    if wing is None or module is None:
        near_wing, near_module = _nearest_module(path)
        wing, module = wing or near_wing, module or near_module
    if wing is None:
        parser.error(f"no endpoint begins like {path}; say where it belongs: --wing {'|'.join(wings)}")
    operation = reference.find(version, method, path)
    if operation is None:
        print(
            f"{given.endpoint} is not documented, or the documents are not at hand; types are left open.",
            file=sys.stderr,
        )
        operation = _undocumented(method, path)
    declaration = given.root / "src/dealwright/contract" / version / wing / f"{module}.py"
    is_declared = declaration.exists() and f"\ndef {action_name(method, path)}(" in declaration.read_text()
    _write(given.root, Skeleton(method, path, version, wing, module, operation, is_declared))
    return 0


def _nearest_module(path: str) -> tuple[str | None, str]:
    """Returns wing and module of the declared endpoint whose path has the most first parts in common with this one.

    Where none has, the last word of the first part decides: ``projectFields`` belongs where the other fields are.
    """
    parts = _parts(path)
    best: tuple[int, str | None, str] = (0, None, snake_case(parts[0]))
    for entry in catalogue.entries().values():
        common = 0
        for mine, other in zip(parts, _parts(entry.path), strict=False):
            if mine != other:
                break
            common += 1
        wing, module = _wing_and_module(entry)
        if common > best[0]:
            best = (common, wing, module)
        elif best[1] is None and _last_word(_parts(entry.path)[0]) == _last_word(parts[0]):
            best = (0, wing, best[2])
    return best[1], best[2]


def _wing_and_module(entry: Entry) -> tuple[str, str]:
    _, _, _, wing, module = entry.module.split(".")
    return wing, module


def _last_word(name: str) -> str:
    return snake_case(name).rpartition("_")[2]


def _parts(path: str) -> list[str]:
    """Returns the parts of a path without its prefix, variables left out."""
    for prefix in PREFIXES.values():
        path = path.removeprefix(prefix)
    return [part for part in path.strip("/").split("/") if not part.startswith("{")]


def _undocumented(method: str, path: str) -> Operation:
    """Returns an operation of which only method and path are known."""
    variables = re.findall(r"\{([^}]+)\}", path)
    parameters = tuple(Member(name, "int", True, False, "path") for name in variables)
    body = () if method in ("POST", "PUT", "PATCH") else None
    return Operation("Other", frozenset(), 1, False, 200, parameters, body, (), method == "GET" and not variables)


def _write(root: Path, skeleton: Skeleton) -> None:
    """Writes what is missing of each part, formats the files and prints what was written."""
    package = root / "src" / "dealwright"
    part = f"{skeleton.wing}/{skeleton.module}.py"
    parts = [
        (package / "crm" / part, _rule(skeleton)),
        (package / "server" / skeleton.version / part, _handler(skeleton)),
        (root / "tests" / "server" / skeleton.wing / f"test_{skeleton.module}.py", _test(skeleton)),
    ]
    if not skeleton.is_declared:
        parts.insert(0, (package / "contract" / skeleton.version / part, _declaration(skeleton)))
    written = [path for path, text in parts if _add(path, text)]
    if written:
        for command in (["check", "--select", "I,F401", "--fix", "--quiet"], ["format", "--quiet"]):
            subprocess.run([sys.executable, "-m", "ruff", *command, *map(str, written)], cwd=root, check=True)
    for path in written:
        print(f"wrote to {path.relative_to(root)}")
    print("Fill in what is marked with ..., then: make index check" if written else "Nothing is missing.")


def _add(path: Path, text: str) -> bool:
    """Adds those definitions of a text to a module that it does not have yet; False when it has them all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('"""..."""\n\nfrom __future__ import annotations\n')
    before = path.read_text()
    present, new = ast.parse(before).body, ast.parse(text).body
    known = {_name_of(node) for node in present}
    missing = [node for node in new if not _is_import(node) and _name_of(node) not in known]
    if not missing:
        return False
    lines = before.rstrip("\n").split("\n")
    at = max(node.end_lineno or 0 for node in present if _is_import(node))
    lines[at:at] = [ast.unparse(node) for node in new if _is_import(node)]
    source = text.split("\n")
    added = ["\n".join(source[_first_line(node) - 1 : node.end_lineno]) for node in missing]
    path.write_text("\n".join(lines) + "\n\n\n" + "\n\n\n".join(added) + "\n")
    return True


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _name_of(node: ast.stmt) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    return node.targets[0].id if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) else None


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _declaration(skeleton: Skeleton) -> str:
    """Returns the declaration, with the types that it needs."""
    operation, version = skeleton.operation, skeleton.version
    base = "V2Body" if version == "v2" else "V1Body"
    lines = [
        "from datetime import date, datetime",
        "from typing import Annotated, Literal, TypedDict",
        "from msgspec import UNSET, Meta, UnsetType",
        f"from dealwright.contract.bodies import {base}",
        "from dealwright.contract.endpoint import Query, endpoint",
        "from dealwright.contract.parameters import CursorPaging, OffsetPaging, RecordId, RecordUuid",
        f"from dealwright.contract.parameters import {', '.join(sorted(SHARED_PARAMETERS.values()))}",
        f"from dealwright.contract.{version}.envelopes import {_envelopes(version)}",
        "from dealwright.contract.values import Flag, Id, Json",
    ]
    if skeleton.method != "DELETE":
        lines += [f"class {skeleton.record}(TypedDict):", '    """..."""']
        lines += [f"    {one.name}: {_shown_type(one)}" for one in operation.data] or ["    id: int"]
    if operation.body is not None:
        lines += [f"class {skeleton.body}({base}, kw_only=True):", '    """..."""']
        lines += [f"    {one.name}: {_body_type(one, skeleton.method)}" for one in operation.body] or ["    pass"]
    if len(skeleton.queries) > FLAT_PARAMETERS:
        lines += [f"class {skeleton.record}sQuery(Query):", '    """Which to list, and in which order."""']
        lines += [f"    {snake_case(one.name)}: {_parameter_type(one)}" for one in skeleton.queries]
    options = [f'group="{operation.group}"']
    options += (
        [f"scopes={{{', '.join(repr(scope) for scope in sorted(operation.scopes))}}}"] if operation.scopes else []
    )
    options += [f"cost={operation.cost}"]
    options += [f"status={operation.status}"] if operation.status != 200 else []
    options += ["deprecated=True"] if operation.deprecated else []
    if not any(entry.path == skeleton.path and entry.documented for entry in catalogue.entries().values()):
        options += ["documented=False"]
    lines += [
        f'@endpoint("{skeleton.method} {skeleton.path}", {", ".join(options)})',
        f"def {skeleton.name}({', '.join(_declared_parameters(skeleton))}) -> {skeleton.answer}:",
        '    """..."""',
    ]
    return "\n".join(lines) + "\n"


def _declared_parameters(skeleton: Skeleton) -> list[str]:
    parameters = [
        f"{snake_case(one.name)}: {'RecordId' if one.type == 'int' else 'RecordUuid'}"
        for one in skeleton.operation.parameters
        if one.location == "path"
    ]
    if len(skeleton.queries) > FLAT_PARAMETERS:
        parameters.append(f"query: {skeleton.record}sQuery")
    if skeleton.operation.body is not None:
        parameters.append(f"data: {skeleton.body}")
    if skeleton.paging:
        parameters.append(f"page: {skeleton.paging}")
    if len(skeleton.queries) <= FLAT_PARAMETERS:
        parameters += [f"{snake_case(one.name)}: {_parameter_type(one)}" for one in skeleton.queries]
    return parameters


def _handler_signature(skeleton: Skeleton) -> tuple[list[str], str, list[str]]:
    """Returns the parameters and the answer of the handler, and the imports that they need.

    They are those of the declaration that is there, else of the one that is written.
    """
    if not skeleton.is_declared:
        parameters = [
            f"{name}: {_as_handler(rest)}" for name, _, rest in map(_partition, _declared_parameters(skeleton))
        ]
        return parameters, _as_handler(skeleton.answer), []
    endpoint = catalogue.load(f"{skeleton.version}.{skeleton.name}")
    imports: list[str] = []
    parameters = []
    for parameter in inspect.signature(endpoint.declaration).parameters.values():
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        shown = _type_text(endpoint.type_hints[parameter.name], endpoint.module, imports)
        parameters.append(f"{parameter.name}: {shown}{default}")
    return parameters, _type_text(endpoint.response_type, endpoint.module, imports), imports


def _partition(declared: str) -> tuple[str, str, str]:
    return declared.partition(": ")


def _as_handler(declared: str) -> str:
    """Returns the type of a written declaration as a handler takes it: without what only the manual needs."""
    plain = re.sub(r"Annotated\[(.*?), Meta\(.*?\)\]", r"\1", declared)
    plain = re.sub(r"\b(RecordId|Id)\b", "int", re.sub(r"\b(RecordUuid|Uuid)\b", "str", plain))
    known = {
        *dir(builtins),
        *_envelopes("v1").split(", "),
        "CursorPaging",
        "OffsetPaging",
        "Literal",
        "date",
        "datetime",
    }

    def qualified(found: re.Match[str]) -> str:
        return found[0] if found[0] in known else f"contract.{found[0]}"

    return re.sub(r"(?<![\w.'\"])[A-Za-z_]\w*(?![\w'\"])", qualified, plain)


def _type_text(hint: Any, module: str, imports: list[str]) -> str:
    """Returns a declared type as a handler writes it; what it needs is added to ``imports``."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is type(None) or hint is None:
        return "None"
    if origin is Annotated:
        return _type_text(arguments[0], module, imports)
    if origin is Literal:
        imports.append("from typing import Literal")
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin in (Union, types.UnionType):
        return " | ".join(_type_text(argument, module, imports) for argument in arguments)
    if origin is not None:
        inner = ", ".join(_type_text(argument, module, imports) for argument in arguments)
        return f"{_type_text(origin, module, imports)}[{inner}]"
    if hint.__module__ == "builtins":
        return str(hint.__name__)
    if hint.__module__ == module:
        return f"contract.{hint.__name__}"
    imports.append(f"from {hint.__module__} import {hint.__name__}")
    return str(hint.__name__)


def _rule(skeleton: Skeleton) -> str:
    """Returns the rule, which raises until it is written."""
    id_parameter = f", id: {skeleton.id_type}" if skeleton.id_type else ""
    values = ", values: Values" if skeleton.operation.body is not None else ""
    return "\n".join(
        [
            "from dealwright.crm.kernel.unit_of_work import UnitOfWork",
            "from dealwright.crm.values.formats import Values",
            f"def {skeleton.rule}(crm: UnitOfWork{id_parameter}{values}) -> object:",
            '    """..."""',
            "    raise NotImplementedError",
            "",
        ]
    )


def _handler(skeleton: Skeleton) -> str:
    """Returns the handler, with the function that shows a record."""
    version, module = skeleton.version, skeleton.module
    arguments = ["crm", *(["id"] if skeleton.id_type else [])]
    arguments += ["provided_values(data)"] if skeleton.operation.body is not None else []
    parameters, answer, imports = _handler_signature(skeleton)
    record = re.search(r"\[([\w.]+)\]", answer)
    result = f"rules.{skeleton.rule}({', '.join(arguments)})"
    lines = [
        "from datetime import date, datetime",
        "from typing import Literal",
        "from dealwright.contract.parameters import CursorPaging, OffsetPaging",
        f"from dealwright.contract.{version}.{skeleton.wing} import {module} as contract",
        f"from dealwright.contract.{version}.envelopes import {_envelopes(version)}",
        "from dealwright.crm.kernel.unit_of_work import UnitOfWork",
        f"from dealwright.crm.{skeleton.wing} import {module} as rules",
        "from dealwright.server.binding import implements",
        "from dealwright.server.bodies import provided_values",
        *imports,
    ]
    if skeleton.method != "DELETE":
        lines += [
            f"def show(record: object) -> {record[1] if record else f'contract.{skeleton.record}'}:",
            f'    """Returns a record as {version} writes it."""',
            "    raise NotImplementedError",
        ]
    lines += [
        f"@implements(contract.{skeleton.name})",
        f"def {skeleton.name}({', '.join(['crm: UnitOfWork', *parameters])}) -> {answer}:",
        f"    {result}",
        "    raise NotImplementedError",
        "",
    ]
    return "\n".join(lines)


def _test(skeleton: Skeleton) -> str:
    """Returns a test that fails until it is written."""
    path = re.sub(r"\{[^}]+\}", "1", skeleton.path)
    call = {"GET": "get", "POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}[skeleton.method]
    body = ", {}" if skeleton.operation.body is not None else ""
    return "\n".join(
        [
            "from tests.api import Api",
            f"def test_{skeleton.name}(api: Api) -> None:",
            f'    assert api.{call}("{path}"{body}).status == {skeleton.operation.status}',
            "",
        ]
    )


def _envelopes(version: Version) -> str:
    shared = ["Deleted", "Item", "List", "Page"]
    return ", ".join(sorted([*shared, "CursorPage"] if version == "v1" else shared))


def _shown_type(member: Member) -> str:
    """Returns the type of a member of an answer: times and dates are text there."""
    shown = re.sub(r"\b(date|datetime)\b", "str", member.type)
    return f"{shown} | None" if member.nullable else shown


def _body_type(member: Member, method: str) -> str:
    """Returns the type of a property of a body, with its default."""
    declared = _with_ids(member)
    if member.required and method == "POST":
        return f"{declared} | None" if member.nullable else declared
    return f"{declared} | UnsetType{' | None' if member.nullable else ''} = UNSET"


def _parameter_type(member: Member) -> str:
    """Returns the type of a query parameter, with its default."""
    if shared := SHARED_PARAMETERS.get(member.name):
        return shared if member.required else f"{shared} | None = None"
    declared = f'Annotated[{_with_ids(member)}, Meta(description="...")]'
    return declared if member.required else f"{declared} | None = None"


def _with_ids(member: Member) -> str:
    return re.sub(r"\bint\b", "Id", member.type) if re.search(r"(^|_)ids?$", member.name) else member.type


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
