"""``@endpoint``: declares one operation of the API from a typed signature and a docstring.

Everything else that must know the operation reads the `Endpoint` object that the decorator leaves
behind: the router, request validation, the OpenAPI document, the connector, the CLI. A declaration
never has a body.

    @endpoint("PATCH /api/v2/deals/{id}", group="Deals", scopes={"deals:full"}, cost=5)
    def patch_deals_by_id(id: Id, data: DealChanges) -> Item[Deal]:
        \"\"\"Update a deal.\"\"\"

Path variables and query arguments are parameters of their wire name; where that is no Python name the
parameter carries `WireName`. Where there are four query arguments or more, they stand in structs (`Query`), which several
operations can share. The parameter ``data`` is the request body.
"""

from __future__ import annotations

import inspect
import os
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, BinaryIO, Generic, Literal, ParamSpec, TypeVar, get_args, get_origin

import msgspec

P = ParamSpec("P")
R = TypeVar("R")

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LATER_WORD = re.compile(r"_([a-z])")

Version = Literal["v1", "v2", "app", "abstra", "sandbox"]
"""The vendor's two versions of the API, what the web app of this server asks for beyond them, what projects of Abstra call, and what tests
move in a sandbox."""

Paging = Literal["none", "offset", "cursor"]
BodyKind = Literal["json", "form", "multipart"]
ParameterLocation = Literal["path", "query", "header", "body"]

PREFIXES: Mapping[Version, str] = {
    "v1": "/v1",
    "v2": "/api/v2",
    "app": "/app/api",
    "abstra": "/cli",
    "sandbox": "/sandbox",
}


class WireName(msgspec.Struct, frozen=True):
    """The name of a parameter on the wire, and where it goes when not in the path or the query."""

    name: str
    location: ParameterLocation = "query"


class LargestPage(msgspec.Struct, frozen=True):
    """Marks the parameter with the size of a page: how many items a page has at most. What is asked for beyond is cut."""

    items: int


class Upload:
    """A file sent in a multipart body.

    ``content`` is open for reading, at its beginning; ``filename`` is the sender's name for it (never a path to trust) and
    ``content_type`` the declared media type.
    """

    __slots__ = ("content", "content_type", "filename")

    def __init__(self, filename: str, content_type: str, content: BinaryIO) -> None:
        self.filename = filename
        self.content_type = content_type
        self.content = content

    @property
    def size(self) -> int:
        """The number of bytes of the content, which is at its beginning again."""
        size = self.content.seek(0, os.SEEK_END)
        self.content.seek(0)
        return size

    def read(self) -> bytes:
        """Returns the whole content, which is at its beginning again."""
        content = self.content.read()
        self.content.seek(0)
        return content


class Download:
    """A file as an answer.

    ``content`` is read as it is sent. Only what a browser may show on its own page is ``inline``; anything else it saves.
    """

    def __init__(
        self, filename: str, content_type: str, size: int, content: Iterator[bytes], *, inline: bool = False
    ) -> None:
        self.filename = filename
        self.content_type = content_type
        self.size = size
        self.content = content
        self.inline = inline


class Redirect:
    """Another address as an answer, to which a browser goes on."""

    def __init__(self, url: str) -> None:
        self.url = url


class EventStream:
    """Server-sent events as an answer, which goes on as long as the client listens. They begin ``after`` a position."""

    def __init__(self, after: int | None) -> None:
        self.after = after


class Query(msgspec.Struct, kw_only=True):
    """Query parameters that belong together, declared once for all operations that take them.

    A parameter of an operation whose type is such a struct stands for one query parameter for each field.
    """


class Parameter(msgspec.Struct, frozen=True):
    """One declared argument: ``attribute`` in Python, ``name`` on the wire; ``query`` is the argument that has it as a field."""

    attribute: str
    name: str
    location: ParameterLocation
    type: Any
    required: bool
    default: Any
    description: str
    query: str | None = None
    largest_page: int | None = None


class Endpoint(Generic[P, R]):
    """One declared operation. ``R`` is the type of the whole answer body."""

    def __init__(
        self,
        declaration: Callable[P, R],
        *,
        method: str,
        path: str,
        group: str,
        scopes: frozenset[str],
        cost: int,
        status: int,
        body: BodyKind,
        media_type: str,
        deprecated: bool,
        replaced_by: str | None,
        documented: bool,
        public: bool,
        revalidated: bool,
    ) -> None:
        self.declaration = declaration
        self.name = action_name(method, path)
        self.module: str = declaration.__module__
        self.method = method
        self.path = path
        self.version: Version = _version(path)
        self.group = group
        self.scopes = scopes
        self.cost = cost
        self.status = status
        self.body_kind: BodyKind = body
        self.media_type = media_type
        self.deprecated = deprecated
        self.replaced_by = replaced_by
        self.documented = documented
        self.public = public
        self.revalidated = revalidated

    def __repr__(self) -> str:
        return f"<Endpoint {self.qualified_name}: {self.method} {self.path}>"

    @property
    def qualified_name(self) -> str:
        """The exact name, ``v1.get_deals``."""
        return f"{self.version}.{self.name}"

    @cached_property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.declaration) or "").partition("\n")[0]

    @cached_property
    def description(self) -> str:
        """The docstring after its first line."""
        return (inspect.getdoc(self.declaration) or "").partition("\n")[2].strip()

    @cached_property
    def type_hints(self) -> dict[str, Any]:
        """The evaluated annotations, with their metadata."""
        return typing.get_type_hints(self.declaration, include_extras=True)

    @property
    def response_type(self) -> Any:
        """The type of the answer body."""
        return self.type_hints["return"]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter but the body, in the order of the signature."""
        return tuple(p for p in self._all_parameters if p.location != "body")

    @cached_property
    def body(self) -> Parameter | None:
        """The request body, when the operation takes one."""
        return next((p for p in self._all_parameters if p.location == "body"), None)

    @cached_property
    def queries(self) -> dict[str, type[Query]]:
        """The parameters that are structs of query parameters, by their names in the signature."""
        return {
            name: hint
            for name, hint in self.type_hints.items()
            if name != "return" and isinstance(hint, type) and issubclass(hint, Query)
        }

    @cached_property
    def paging(self) -> Paging:
        """How a list is walked: by offset (``start``), by ``cursor``, or not at all."""
        names = {p.name for p in self.parameters}
        return "cursor" if "cursor" in names else "offset" if "start" in names else "none"

    @cached_property
    def _all_parameters(self) -> tuple[Parameter, ...]:
        variables = set(_VARIABLE.findall(self.path))
        signature = inspect.signature(self.declaration)
        declared: list[Parameter] = []
        for attribute, p in signature.parameters.items():
            if attribute in self.queries:
                declared += [
                    _parameter(field.name, field.type, _default(field), variables, query=attribute)
                    for field in msgspec.structs.fields(self.queries[attribute])
                ]
            else:
                declared.append(_parameter(attribute, self.type_hints[attribute], p.default, variables))
        names = [parameter.name for parameter in declared]
        if len(set(names)) < len(names):
            raise TypeError(f"{self.qualified_name} declares a parameter twice: {sorted(names)}")
        return tuple(declared)


def endpoint(
    route: str,
    *,
    group: str,
    scopes: set[str] | frozenset[str] = frozenset(),
    cost: int,
    status: int = 200,
    body: BodyKind = "json",
    media_type: str = "application/json",
    deprecated: bool = False,
    replaced_by: str | None = None,
    documented: bool = True,
    public: bool = False,
    revalidated: bool = False,
) -> Callable[[Callable[P, R]], Endpoint[P, R]]:
    """Declares an operation.

    ``route`` is ``"METHOD /path/{variable}"`` with the version's prefix (``/v1``, ``/api/v2``, ``/app/api``, ``/cli`` or ``/sandbox``). Any one of
    ``scopes`` suffices; none means that no scope is asked for. ``cost`` is in tokens of the daily budget, of which the web
    app spends none. ``status`` is that of success. ``replaced_by`` names the successor of a deprecated operation, exactly
    (``v2.get_deals``). ``documented=False`` marks the operations beyond the 362 of the connector's document,
    ``public`` those that ask neither for a token nor for somebody who is signed in. A browser keeps an answer that is
    ``revalidated``, and asks whether it is still the same.
    Raises TypeError when the function's name does not follow from the route.
    """
    method, _, path = route.partition(" ")

    def declare(declaration: Callable[P, R]) -> Endpoint[P, R]:
        made = Endpoint(
            declaration,
            method=method,
            path=path,
            group=group,
            scopes=frozenset(scopes),
            cost=cost,
            status=status,
            body=body,
            media_type=media_type,
            deprecated=deprecated,
            replaced_by=replaced_by,
            documented=documented,
            public=public,
            revalidated=revalidated,
        )
        # A name that stands for two operations (`post_oauth_token`) has a second declaration with an ending.
        if not f"{declaration.__name__}_".startswith(f"{made.name}_"):
            raise TypeError(f"{declaration.__name__} must be called {made.name}")
        return made

    return declare


def _version(path: str) -> Version:
    """Returns the version to which a path belongs; all that is below ``/app/`` is the web app's."""
    if path.startswith("/app/"):
        return "app"
    return next((version for version, prefix in PREFIXES.items() if path.startswith(f"{prefix}/")), "v1")


def action_name(method: str, path: str) -> str:
    """Returns the action's name, from method and path: ``GET /v1/deals/{id}`` gives ``get_deals_by_id``."""
    for prefix in PREFIXES.values():
        path = path.removeprefix(prefix)
    words = [method.lower()]
    for part in path.strip("/").split("/"):
        variable = _VARIABLE.fullmatch(part)
        words.append("by_" + snake_case(variable[1]) if variable else snake_case(part))
    return "_".join(words)


def snake_case(name: str) -> str:
    """Returns ``commentId`` and ``channel-id`` as Python names."""
    return _WORD_START.sub("_", name).replace("-", "_").replace(".", "_").lower()


def camel_case(name: str) -> str:
    """Returns ``comment_id`` as ``commentId``, which v1 takes as well."""
    return _LATER_WORD.sub(lambda found: found[1].upper(), snake_case(name))


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """Returns the default of a field as a signature has it."""
    return inspect.Parameter.empty if field.default is msgspec.NODEFAULT else field.default


def _parameter(attribute: str, hint: Any, default: Any, variables: set[str], query: str | None = None) -> Parameter:
    metadata = _metadata(hint)
    wire_name = next((m for m in metadata if isinstance(m, WireName)), None)
    name = wire_name.name if wire_name else attribute
    location: ParameterLocation = (
        "body"
        if attribute == "data" and wire_name is None
        else "path"
        if name in variables
        else wire_name.location
        if wire_name
        else "query"
    )
    required = default is inspect.Parameter.empty
    return Parameter(
        attribute=attribute,
        name=name,
        location=location,
        type=hint,
        required=required,
        default=None if required else default,
        description=next((m.description for m in metadata if isinstance(m, msgspec.Meta) and m.description), ""),
        query=query,
        largest_page=next((m.items for m in metadata if isinstance(m, LargestPage)), None),
    )


def _metadata(hint: Any) -> list[Any]:
    """Returns the metadata of a hint and, where it is optional, of the type inside."""
    if get_origin(hint) is Annotated:
        inner, *own = get_args(hint)
        return [*own, *_metadata(inner)]
    if get_args(hint) and type(None) in get_args(hint):
        return [m for member in get_args(hint) for m in _metadata(member)]
    return []
