"""Scopes: the permissions that an app may be granted."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

BASE = "base"

DESCRIPTIONS: Mapping[str, str] = {
    BASE: "See who you are, your settings, and the currencies of your company",
    "deals:read": "See deals, pipelines and stages, with their notes and files",
    "deals:full": "See, add, change and delete deals, with their notes, files and filters",
    "deal-fields:full": "Add, change and delete fields of deals",
    "leads:read": "See leads and their labels",
    "leads:full": "See, add, change and delete leads and their labels",
    "activities:read": "See activities, with their files",
    "activities:full": "See, add, change and delete activities, with their files and filters",
    "contacts:read": "See persons and organizations, with their notes and files",
    "contacts:full": "See, add, change and delete persons and organizations, with their notes, files and filters",
    "contact-fields:full": "Add, change and delete fields of persons and organizations",
    "products:read": "See products",
    "products:full": "See, add, change and delete products",
    "product-fields:full": "Add, change and delete fields of products",
    "projects:read": "See projects and their tasks",
    "projects:full": "See, add, change and delete projects and their tasks",
    "project-fields:full": "Add, change and delete fields of projects",
    "goals:read": "See goals and how far they are reached",
    "goals:full": "See, add, change and delete goals",
    "mail:read": "See e-mails and their conversations",
    "mail:full": "See, change and delete e-mails and their conversations",
    "users:read": "See the users and teams of your company",
    "recents:read": "See what was changed lately, and the history of records",
    "search:read": "Search everything that you can see",
    "phone-integration": "Log calls and keep their recordings",
    "messengers-integration": "Bring conversations of messengers in",
    "video-calls": "Add video calls to activities",
    "admin": "Administer the company: users, roles, pipelines, fields and webhooks",
}
"""Every scope, and its description on the consent page."""

ALL: tuple[str, ...] = tuple(DESCRIPTIONS)


def normalize(scopes: Iterable[str]) -> tuple[str, ...]:
    """Returns the scopes and `BASE`, each once and in the order of `ALL`. Raises ValueError for an unknown scope."""
    wanted = {BASE, *scopes}
    if unknown := sorted(wanted - set(ALL)):
        raise ValueError(f"There is no scope {', '.join(unknown)}; there are {', '.join(ALL)}")
    return tuple(scope for scope in ALL if scope in wanted)


@functools.lru_cache(1024)
def expand(text: str) -> frozenset[str]:
    """Returns the scopes that a stored text grants: with `BASE`, and with ``read`` for each ``full``."""
    scopes = {BASE, *text.split(",")}
    return frozenset(scopes | {scope.removesuffix("full") + "read" for scope in scopes if scope.endswith(":full")})


def is_allowed(granted_scopes: frozenset[str], required_scopes: frozenset[str], *, writes: bool) -> bool:
    """Whether the granted scopes hold one of the required ones; always when none is required.

    For an operation that writes, ``read`` is not enough where ``full`` is named for it as well.
    """
    if writes:
        required_scopes = frozenset(
            scope
            for scope in required_scopes
            if not (scope.endswith(":read") and f"{scope[:-4]}full" in required_scopes)
        )
    return not required_scopes or not granted_scopes.isdisjoint(required_scopes)
