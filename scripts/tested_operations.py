"""Reads in the tests which operations of the API each of them calls, without running them.

A test calls what stands in its own code, in the functions, fixtures and tables of the tests that it names, and in what these name.
A path counts where all that is fixed of it fits: ``f"/v1/deals/{id}"`` and ``f"{DEALS}/{id}"`` are ``/v1/deals/{id}``; a name of an
action as a text (``"get_deals"``, ``"v1.get_deals"``) is that action. What the tests over all operations call is not counted for each:
`walkers` are the modules that have those.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dealwright.contract import catalogue
from dealwright.contract.catalogue import UnknownName

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"

METHODS = ("get", "post", "put", "patch", "delete")
SENDERS = ("call", "form", "upload", "multipart", "send", "raw", "request")
"""The methods of the tests' clients whose first argument is the HTTP method, and the second one the path."""

UNKNOWN = "\0"
"""Stands for the part of a path that only the running test knows."""

MAX_PATHS = 200
MAX_DEPTH = 3
MAX_NESTING = 12
WALKS = ("entries", "handlers", "served_endpoints", "list_operations")
"""Functions that yield all operations: a module that calls one has tests over all of them."""

VIEWS = ("keys", "values", "items")

_PATH = re.compile(r"/(?:(?:api/)?v[12]|oauth)/")
_ACTION = re.compile(r"(?:v[12]\.)?(?:get|post|put|patch|delete)_[a-z0-9_]+")


class Definition(NamedTuple):
    """Something defined at the top of a module of tests: a function, a class or a value."""

    module: str
    name: str
    node: ast.AST


Key = tuple[str, str]


def count_tests() -> dict[str, int]:
    """Returns how many tests call each operation, by its exact name; 0 for one that none calls alone."""
    definitions = dict(_definitions())
    called = {key: _called_by(definition, definitions) for key, definition in definitions.items()}
    named = {key: _named_by(definition, definitions) for key, definition in definitions.items()}
    counts = dict.fromkeys(catalogue.entries(), 0)
    for module, name in definitions:
        if name.startswith("test_") and module.rpartition(".")[2].startswith("test_"):
            for operation in set().union(*(called[key] for key in _reachable((module, name), named))):
                counts[operation] += 1
    return counts


def walkers() -> list[str]:
    """Returns the modules with tests over all operations, by their paths."""
    found = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        calls = (node for node in ast.walk(_parse(path)) if isinstance(node, ast.Call))
        if any(_last_name(call.func) in WALKS for call in calls):
            found.add(path.relative_to(ROOT).as_posix())
    return sorted(found)


@functools.cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _definitions() -> Iterator[tuple[Key, Definition]]:
    """Yields what is defined at the top of every module, methods of test classes included."""
    for path in sorted(TESTS.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in _parse(path).body:
            for name, inner in _named(node):
                yield (module, name), Definition(module, name, inner)


def _named(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, node
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id, node.value


def _reachable(start: Key, named: Mapping[Key, set[Key]]) -> set[Key]:
    """Returns what a definition names, and what that names, and so on, with itself."""
    found, waiting = {start}, [start]
    while waiting:
        for key in named[waiting.pop()] - found:
            found.add(key)
            waiting.append(key)
    return found


def _named_by(definition: Definition, definitions: Mapping[Key, Definition]) -> set[Key]:
    """Returns the other definitions that one names, fixtures among them."""
    found: set[Key] = set()
    for node in ast.walk(definition.node):
        names = [node.id] if isinstance(node, ast.Name) else [node.arg] if isinstance(node, ast.arg) else []
        if isinstance(node, ast.Attribute):
            key = (_resolve_module(definition.module, node.value), node.attr)
            found |= {key} & definitions.keys()
        for name in names:
            for key in _candidates(definition.module, name):
                if key in definitions:
                    found.add(key)
                    break
    return found - {(definition.module, definition.name)}


def _candidates(module: str, name: str) -> Iterator[Key]:
    """Yields where a name of a module may be defined: there, where it is imported from, or as a fixture in the folders above."""
    yield module, name
    imported = _imports(module).get(name)
    if imported:
        yield imported
    parts = module.split(".")[:-1]
    while parts:
        yield ".".join([*parts, "conftest"]), name
        parts.pop()


@functools.cache
def _imports(module: str) -> dict[str, Key]:
    path = ROOT.joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    found: dict[str, Key] = {}
    for node in ast.walk(_parse(file)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tests":
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def _resolve_module(module: str, node: ast.expr) -> str:
    """Returns the module of tests that a name stands for; an empty text for anything else."""
    if not isinstance(node, ast.Name) or node.id not in _imports(module):
        return ""
    package, name = _imports(module)[node.id]
    return f"{package}.{name}"


def _called_by(
    definition: Definition,
    definitions: Mapping[Key, Definition],
    given: Mapping[str, list[str]] | None = None,
    depth: int = 0,
) -> set[str]:
    """Returns the operations that the code of a definition itself calls, and the functions that it hands parts of paths.

    ``given`` are the texts that its parameters may be.
    """
    texts = _Texts(definition, definitions, given or {})
    found: set[str] = set()
    for node in ast.walk(definition.node):
        if isinstance(node, ast.Call):
            for method, path in _sent(node):
                for pattern in texts.possible(path):
                    found |= _operations(method, pattern)
            if depth < MAX_DEPTH and (called := _find_function(definition, node.func, definitions)):
                handed = _arguments(node, called.node, texts)
                if handed:
                    found |= _called_by(called, definitions, handed, depth + 1)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _ACTION.fullmatch(node.value):
            found |= _action(node.value)
        elif isinstance(node, ast.Tuple) and len(node.elts) > 1:
            # Tables of methods and paths.
            first, second = node.elts[:2]
            if isinstance(first, ast.Constant) and str(first.value).lower() in METHODS:
                for pattern in texts.possible(second):
                    found |= _operations(str(first.value), pattern)
    return found


def _find_function(definition: Definition, node: ast.expr, definitions: Mapping[Key, Definition]) -> Definition | None:
    """Returns the function of the tests that is called by a name, alone or behind its module's."""
    keys: Iterable[Key] = ()
    if isinstance(node, ast.Name):
        keys = _candidates(definition.module, node.id)
    elif isinstance(node, ast.Attribute):
        keys = [(_resolve_module(definition.module, node.value), node.attr)]
    found = next((definitions[key] for key in keys if key in definitions), None)
    return found if found and isinstance(found.node, ast.FunctionDef) else None


def _arguments(call: ast.Call, function: ast.AST, texts: _Texts) -> dict[str, list[str]]:
    """Returns the texts that a call hands to the parameters of a function, as far as they are known."""
    assert isinstance(function, ast.FunctionDef)
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    given = [*zip(names, call.args, strict=False)]
    given += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
    found = {name: [text for text in texts.possible(value) if text != UNKNOWN] for name, value in given}
    return {name: possible for name, possible in found.items() if possible}


def _sent(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yields method and path of a call of a client."""
    name = _last_name(call.func)
    if isinstance(call.func, ast.Attribute) and name in METHODS and call.args:
        yield name, call.args[0]
    elif len(call.args) > 1:
        for first, second in zip(call.args, call.args[1:], strict=False):
            if isinstance(first, ast.Constant) and str(first.value).lower() in METHODS:
                yield str(first.value), second
                return
        if name in SENDERS:
            # The method is not fixed.
            for method in METHODS:
                yield f"{method}?", call.args[1]


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class _Texts:
    """What expressions of a definition may be as texts."""

    def __init__(
        self, definition: Definition, definitions: Mapping[Key, Definition], given: Mapping[str, list[str]]
    ) -> None:
        self._module = definition.module
        self._definitions = definitions
        self._local: dict[str, list[ast.expr]] = {
            name: [ast.Constant(text) for text in texts] for name, texts in given.items()
        }
        for node in ast.walk(definition.node):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._bind(target, node.value)
            elif isinstance(node, ast.For | ast.comprehension):
                for value in self._values(node.iter):
                    self._bind(node.target, value)
            elif isinstance(node, ast.Call) and _last_name(node.func) == "parametrize" and len(node.args) > 1:
                self._bind_parameters(node.args[0], node.args[1])
            elif isinstance(node, ast.FunctionDef):
                self._bind_defaults(node.args)

    def possible(self, node: ast.expr, depth: int = 0) -> list[str]:
        """Returns the texts that an expression may be, with `UNKNOWN` for what is not known."""
        if depth > MAX_NESTING:
            return [UNKNOWN]
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [UNKNOWN]
        if isinstance(node, ast.JoinedStr):
            return self._joined(node.values, depth)
        if isinstance(node, ast.FormattedValue):
            return self.possible(node.value, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([node.left, node.right], depth)
        if isinstance(node, ast.IfExp):
            return self.possible(node.body, depth + 1) + self.possible(node.orelse, depth + 1)
        if isinstance(node, ast.Name):
            return self._of_name(node.id, depth)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            lower = node.slice.lower
            start = lower.value if isinstance(lower, ast.Constant) and isinstance(lower.value, int) else 0
            return [text[start:] for text in self.possible(node.value, depth + 1)]
        if isinstance(node, ast.Subscript):
            found = [text for value in self._values(node.value) for text in self.possible(value, depth + 1)]
            return found or [UNKNOWN]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_replacement(node):
            old, new = (self.possible(argument, depth + 1)[0] for argument in node.args)
            return [text.replace(old, new) for text in self.possible(node.func.value, depth + 1)]
        return [UNKNOWN]

    def _values(self, node: ast.expr) -> list[ast.expr]:
        """Returns the elements of a list, or the keys and the values of a dictionary, that an expression stands for."""
        if isinstance(node, ast.Name):
            if node.id in self._local:
                return [one for value in self._local[node.id] for one in _elements(value)]
            for key in _candidates(self._module, node.id):
                if key in self._definitions:
                    return _elements(self._definitions[key].node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in VIEWS:
            found = self._values(node.func.value)
            half = len(found) // 2
            if node.func.attr == "items":
                return [ast.Tuple([name, value]) for name, value in zip(found[:half], found[half:], strict=False)]
            return found[:half] if node.func.attr == "keys" else found[half:]
        if (
            isinstance(node, ast.Call)
            and _last_name(node.func) in ("sorted", "list", "tuple", "enumerate")
            and node.args
        ):
            return self._values(node.args[0])
        return _elements(node)

    def _of_name(self, name: str, depth: int) -> list[str]:
        if name in self._local:
            return [text for value in self._local[name] for text in self.possible(value, depth + 1)][:MAX_PATHS]
        for key in _candidates(self._module, name):
            if key in self._definitions:
                found = self._definitions[key].node
                return self.possible(found, depth + 1) if isinstance(found, ast.expr) else [UNKNOWN]
        return [UNKNOWN]

    def _joined(self, parts: Iterable[ast.expr], depth: int) -> list[str]:
        found = [""]
        for part in parts:
            found = [text + more for text in found for more in self.possible(part, depth + 1)][:MAX_PATHS]
        return found

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._local.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for one, other in zip(target.elts, value.elts, strict=False):
                self._bind(one, other)

    def _bind_defaults(self, arguments: ast.arguments) -> None:
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
        pairs += [(one, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
        for argument, default in pairs:
            self._bind(ast.Name(argument.arg), default)

    def _bind_parameters(self, names: ast.expr, values: ast.expr) -> None:
        listed = names.value if isinstance(names, ast.Constant) else None
        targets = [name.strip() for name in str(listed).split(",")] if listed else []
        if not targets and isinstance(names, ast.Tuple | ast.List):
            targets = [str(one.value) for one in names.elts if isinstance(one, ast.Constant)]
        for value in self._values(values):
            if len(targets) == 1:
                self._bind(ast.Name(targets[0]), value)
            else:
                self._bind(ast.Tuple([ast.Name(name) for name in targets]), value)


def _is_replacement(call: ast.Call) -> bool:
    return _last_name(call.func) == "replace" and len(call.args) == 2


def _elements(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        found: list[ast.expr] = []
        for one in node.elts:
            found += _elements(one.value) if isinstance(one, ast.Starred) else [one]
        return found
    if isinstance(node, ast.Dict):
        return [*(key for key in node.keys if key is not None), *node.values]
    return []


@functools.cache
def _operations(method: str, pattern: str) -> frozenset[str]:
    """Returns the operations that a method and a path stand for; with ``?`` behind the method, only the one that the path alone tells."""
    path = pattern.partition("?")[0].replace("/api/v1/", "/v1/")
    if not _PATH.match(path):
        return frozenset()
    wanted = path.strip("/").split("/")
    found = {
        name
        for name, entry in catalogue.entries().items()
        if (method.endswith("?") or entry.method == method.upper()) and _fits(wanted, entry.path.strip("/").split("/"))
    }
    if method.endswith("?"):
        return frozenset(found) if len(found) == 1 else frozenset()
    # What is fixed comes before what is not: `/v1/deals/summary` is no deal.
    fixed = {name for name in found if "{" not in catalogue.entries()[name].path}
    return frozenset(fixed if fixed and UNKNOWN not in path else found)


def _fits(wanted: list[str], declared: list[str]) -> bool:
    return len(wanted) == len(declared) and all(
        one == other or other.startswith("{") for one, other in zip(wanted, declared, strict=True)
    )


@functools.cache
def _action(name: str) -> frozenset[str]:
    try:
        return frozenset({catalogue.get_by_name(name)[0].qualified_name})
    except UnknownName:
        return frozenset()


def main() -> int:
    """Prints the operations with their numbers of tests, the least first."""
    for name, count in sorted(count_tests().items(), key=lambda one: (one[1], one[0])):
        print(f"{count:5} {name}")
    print(*walkers(), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
