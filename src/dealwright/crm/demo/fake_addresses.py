"""Random addresses and phone numbers in some cities."""

from __future__ import annotations

from random import Random

from dealwright.crm.demo.names import CITIES, City
from dealwright.crm.values.formats import Values

_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def random_city(rng: Random) -> City:
    """Returns a random city."""
    return CITIES[int(rng.random() * len(CITIES))]


def random_address(rng: Random, where: City) -> Values:
    """Returns a random address in a city; the street need not exist there."""
    street = where.country.streets[int(rng.random() * len(where.country.streets))]
    number = str(1 + int(rng.random() * 180))
    postcode = fill_pattern(rng, where.postcode)
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


def fill_pattern(rng: Random, pattern: str) -> str:
    """Returns ``pattern`` with a random digit for every # and a random letter for every @."""
    return "".join(
        str(int(rng.random() * 10))
        if sign == "#"
        else _LETTERS[int(rng.random() * len(_LETTERS))]
        if sign == "@"
        else sign
        for sign in pattern
    )
