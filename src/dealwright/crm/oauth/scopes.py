"""Scopes: what an app may be granted, and what that covers."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

BASE = "base"

PLAIN_WORDS: Mapping[str, str] = {
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
"""Every scope, and what it allows in the words of the consent page."""

ALL: tuple[str, ...] = tuple(PLAIN_WORDS)


def ordered(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes and `BASE`, each once and in the order of `ALL`. Raises ValueError for one that does not exist."""
    wanted = {BASE, *scopes}
    if unknown := sorted(wanted - set(ALL)):
        raise ValueError(f"There is no scope {', '.join(unknown)}; there are {', '.join(ALL)}")
    return tuple(scope for scope in ALL if scope in wanted)


@functools.lru_cache(1024)
def granted(text: str) -> frozenset[str]:
    """What stored scopes grant: with `BASE`, and with reading where there is everything."""
    scopes = {BASE, *text.split(",")}
    return frozenset(scopes | {scope.removesuffix("full") + "read" for scope in scopes if scope.endswith(":full")})


def cover(held: frozenset[str], wanted: frozenset[str], *, writes: bool) -> bool:
    """Whether somebody who holds some scopes may do what any one of ``wanted`` allows; without any, everybody may.

    Where reading and everything are both named for an operation that writes, reading is not enough.
    """
    if writes:
        wanted = frozenset(scope for scope in wanted if not (scope.endswith(":read") and f"{scope[:-4]}full" in wanted))
    return not wanted or not held.isdisjoint(wanted)
