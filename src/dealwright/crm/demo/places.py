"""Addresses and phone numbers in some cities."""

from __future__ import annotations

from random import Random

from dealwright.crm.demo.names import CITIES, City
from dealwright.crm.values import Values

_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def city(chance: Random) -> City:
    """Some city."""
    return CITIES[int(chance.random() * len(CITIES))]


def address(chance: Random, where: City) -> Values:
    """An address in a city; the house may be anywhere."""
    street = where.country.streets[int(chance.random() * len(where.country.streets))]
    number = str(1 + int(chance.random() * 180))
    postcode = patterned(chance, where.postcode)
    whole = where.country.address.format(
        number=number, street=street, postcode=postcode, city=where.name, country=where.country.name
    )
    return {
        "value": whole,
        "street_number": number,
        "route": street,
        "locality": where.name,
        "admin_area_level_1": where.region,
        "country": where.country.name,
        "postal_code": postcode,
        "formatted_address": whole,
    }


def patterned(chance: Random, pattern: str) -> str:
    """A text with a digit for every # and a letter for every @."""
    return "".join(
        str(int(chance.random() * 10))
        if sign == "#"
        else _LETTERS[int(chance.random() * len(_LETTERS))]
        if sign == "@"
        else sign
        for sign in pattern
    )
