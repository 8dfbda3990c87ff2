"""Checks how docstrings begin, and that the names they mention exist: part of `make check`.

    python -m scripts.docstrings

A function's docstring says what it does: it begins with a verb (Returns, Adds, Raises …) or with "Whether", never with What,
Where, Who, Whom or How. Properties and classes are named by noun phrases, and the docstrings of the contract are the manual's text.
Names of the package in backticks (`crm.kernel.records`, `UnitOfWork.time`) must be there, in docstrings, comments and documents alike.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "dealwright"
UNIT_OF_WORK = PACKAGE / "crm" / "kernel" / "unit_of_work.py"
CHECKED = (PACKAGE, ROOT / "bench", ROOT / "scripts")
# The contract's docstrings are summaries of operations, and frozen migrations stay as they are.
EXEMPT = (
    *(PACKAGE / "contract" / version for version in ("v1", "v2", "app", "abstra", "sandbox")),
    PACKAGE / "storage" / "migrations" / "versions",
)
NOUN_DECORATORS = ("property", "cached_property", "fixture")
VERB = re.compile(r"(Whether|[A-Z][a-z-]*s)\b")
NO_VERBS = frozenset({"This", "Its", "His", "Whos", "Always", "Perhaps", "Thus", "Us", "As", "Is"})
QUESTIONS = ("What", "Where", "Who", "Whom", "Whose", "How", "When", "Which")

LAYERS = ("crm", "server", "storage", "contract", "connectors", "jobs", "cli")
MENTION = re.compile(rf"`((?:dealwright\.)?(?:{'|'.join(LAYERS)})\.[a-z_][\w.]*)`")
FILE_MENTION = re.compile(rf"`((?:src/dealwright/)?(?:{'|'.join(LAYERS)}|tests|scripts|bench|docs)/[\w./-]+)`")


def main() -> int:
    """Prints every problem; returns 1 when there is one."""
    problems = [*_beginnings(), *_mentions()]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


@functools.cache
def _read(path: Path) -> str:
    # Cached, because many mentions are of the same module.
    return path.read_text()


def _beginnings() -> Iterator[str]:
    for folder in CHECKED:
        for path in sorted(folder.rglob("*.py")):
            if not any(path.is_relative_to(exempt) for exempt in EXEMPT):
                yield from _beginnings_in(path)


def _beginnings_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(_read(path))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        docstring = ast.get_docstring(node) or ""
        decorators = [ast.unparse(decorator).split("(")[0].rpartition(".")[2] for decorator in node.decorator_list]
        if not docstring or node.name == "__init__" or any(name in NOUN_DECORATORS for name in decorators):
            continue
        first = re.split(r"\W", docstring, maxsplit=1)[0]
        # The docstrings of commands are their help.
        if first in QUESTIONS or not ((VERB.match(docstring) and first not in NO_VERBS) or "cli" in path.parts):
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield f"{place}: the docstring of {node.name} begins with {first!r}, not with a verb"


def _mentions() -> Iterator[str]:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    modules = [path for folder in (*CHECKED, ROOT / "tests") for path in folder.rglob("*.py")]
    for path in sorted([*documents, *modules]):
        for number, line in enumerate(_read(path).split("\n"), 1):
            for mention in MENTION.findall(line):
                if not _exists(mention.removeprefix("dealwright.").split(".")):
                    yield f"{path.relative_to(ROOT)}:{number}: there is no {mention}"
            for mention in FILE_MENTION.findall(line):
                if not any((base / mention).exists() for base in (ROOT, PACKAGE, ROOT / "docs")):
                    yield f"{path.relative_to(ROOT)}:{number}: there is no file {mention}"


def _exists(parts: Sequence[str]) -> bool:
    """Whether a dotted name is that of a module, of something that a module defines, or of an attribute of the unit of work."""
    if parts[0] == "crm" and re.search(rf"\bself\.{parts[1]}\b|def {parts[1]}\(", _read(UNIT_OF_WORK)):
        return True
    folder = PACKAGE
    for index, part in enumerate(parts):
        if (folder / part).is_dir():
            folder = folder / part
        elif (folder / f"{part}.py").is_file():
            return _defines(folder / f"{part}.py", parts[index + 1 :])
        else:
            return _defines(folder / "__init__.py", parts[index:])
    return True


def _defines(module: Path, names: Sequence[str]) -> bool:
    return (
        not names
        or re.search(rf"^(class|def|async def|from .* import .*)?\s*\b{names[0]}\b", _read(module), re.MULTILINE)
        is not None
    )


if __name__ == "__main__":
    sys.exit(main())
