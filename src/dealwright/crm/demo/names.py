"""Names for demo data: of persons, companies and places; and random addresses and phone numbers at these places.

Names of companies are put together from syllables, so that they belong to no real company. Phone numbers are from
ranges that are reserved for fiction.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from dealwright.crm.values.formats import Values


class Country(NamedTuple):
    """A country: its name, its currency, and the format of its addresses."""

    name: str
    currency: str
    # {number}, {street}, {postcode}, {city}, {country}
    address: str
    streets: tuple[str, ...]


class City(NamedTuple):
    """A city. In ``postcode`` and ``phone``, # stands for a digit and @ for a letter."""

    name: str
    region: str
    country: Country
    postcode: str
    phone: str


_US = Country(
    "United States",
    "USD",
    "{number} {street}, {city}, {postcode}, {country}",
    ("Main Street", "Oak Avenue", "Maple Street", "Market Street", "Park Avenue", "Washington Street", "Lake Drive"),
)
_GB = Country(
    "United Kingdom",
    "GBP",
    "{number} {street}, {city} {postcode}, {country}",
    ("High Street", "Station Road", "Church Lane", "Mill Road", "Victoria Street", "Bridge Street", "King Street"),
)
_DE = Country(
    "Germany",
    "EUR",
    "{street} {number}, {postcode} {city}, {country}",
    ("Bahnhofstraße", "Gartenstraße", "Hauptstraße", "Lindenstraße", "Industriestraße", "Schillerstraße", "Ringstraße"),
)
_FR = Country(
    "France",
    "EUR",
    "{number} {street}, {postcode} {city}, {country}",
    ("Rue de la Gare", "Rue Victor Hugo", "Avenue de la République", "Rue du Moulin", "Rue Pasteur", "Rue des Écoles"),
)
_SE = Country(
    "Sweden",
    "SEK",
    "{street} {number}, {postcode} {city}, {country}",
    ("Storgatan", "Drottninggatan", "Kungsgatan", "Skolgatan", "Järnvägsgatan", "Nygatan", "Hamngatan"),
)


def _split_words(words: str) -> tuple[str, ...]:
    return tuple(words.split())


CITIES = (
    City("Berlin", "Berlin", _DE, "10#1#", "+49 30 23125 ###"),
    City("Munich", "Bavaria", _DE, "803#1", "+49 89 99998 ###"),
    City("Hamburg", "Hamburg", _DE, "20#4#", "+49 40 66969 ###"),
    City("Cologne", "North Rhine-Westphalia", _DE, "506#7", "+49 221 4710 ###"),
    City("Paris", "Île-de-France", _FR, "7500#", "+33 1 99 00 ## ##"),
    City("Lyon", "Auvergne-Rhône-Alpes", _FR, "6900#", "+33 4 65 71 ## ##"),
    City("Nantes", "Pays de la Loire", _FR, "440#0", "+33 2 61 91 ## ##"),
    City("London", "England", _GB, "N# #@@", "+44 20 7946 0###"),
    City("Leeds", "England", _GB, "LS# #@@", "+44 113 496 0###"),
    City("Manchester", "England", _GB, "M# #@@", "+44 161 496 0###"),
    City("Edinburgh", "Scotland", _GB, "EH# #@@", "+44 131 496 0###"),
    City("Stockholm", "Stockholm County", _SE, "11# ##", "+46 8 465 004 ##"),
    City("Gothenburg", "Västra Götaland", _SE, "41# ##", "+46 31 390 06 ##"),
    City("Malmö", "Skåne", _SE, "21# ##", "+46 40 628 04 ##"),
    City("Boston", "MA", _US, "021##", "+1 617 555 01##"),
    City("Chicago", "IL", _US, "606##", "+1 312 555 01##"),
    City("Denver", "CO", _US, "802##", "+1 303 555 01##"),
    City("Portland", "OR", _US, "972##", "+1 503 555 01##"),
)
MOBILE_PHONE = "+1 202 555 01##"

FIRST_NAMES = _split_words(
    "Adam Alice Amir Anna Anton Astrid Ben Carla Carlos Chloe Clara Daniel David Elena Elif Elin Emil Emma Eric "
    "Eva Felix Fatima Freya George Grace Hanna Hugo Ida Ines Irene Jack Jan Jasmin Joel Jonas Julia Karin Kate "
    "Klara Lars Laura Lea Leo Lina Louis Lucas Lucy Maja Marco Maria Marie Martin Max Mia Mila Nadia Nina Noah "
    "Nora Oliver Omar Oscar Paul Petra Priya Rachel Robert Rosa Ruth Samir Sara Simon Sofia Stella Sven Tara Theo "
    "Thomas Tim Tina Tom Vera Victor Wei Yara Zoe"
)
LAST_NAMES = _split_words(
    "Adams Almeida Andersson Arnold Bailey Bauer Becker Bell Berg Bernard Blanc Braun Brown Carter Clark Cole "
    "Costa Cruz Dahl Davies Dubois Eklund Evans Fischer Forsberg Foster Fournier Fuchs Garcia Garnier Graf Gray "
    "Green Hall Hansen Harris Hoffmann Holm Hughes Hunt Jansson Jones Kaur Keller Khan King Klein Koch Lambert "
    "Lang Larsson Laurent Lee Lehmann Lewis Lind Lopez Lund Marsh Martin Mason Mayer Meyer Miller Moore Moreau "
    "Morgan Nilsson Novak Nguyen Olsen Owens Palmer Patel Perez Peters Petit Price Reed Richter Robin Rossi Roth "
    "Roux Sandberg Schmidt Schulz Shah Silva Simon Singh Sjögren Strand Taylor Turner Vogel Wagner "
    "Walker Wallin Ward Weber West Wolf Wood Young Ziegler"
)
JOB_TITLES = (
    "Office Manager",
    "Head of Purchasing",
    "Managing Director",
    "Operations Manager",
    "IT Manager",
    "Finance Director",
    "Project Manager",
    "Head of Human Resources",
    "Plant Manager",
    "Team Lead",
    "Buyer",
    "Executive Assistant",
)

COMPANY_BEGINNINGS = _split_words(
    "Al Ar Bel Bran Cal Cor Dal Del Dor El Er Fal Fen Fer Gal Gran Hal Hel Il Jor Kal Kel Lan Lor Mal Mar Mel Mor "
    "Nal Nor Ol Or Pal Pel Quin Ral Ren Ros Sal Sel Sol Tal Tel Tor Ul Val Ver Vin Wal Wen Yar Zel"
)
COMPANY_ENDINGS = _split_words(
    "bark bero bryn cort dane dorn dova drin field gard holt kamp kern lann lano lind mera nath neva quist rano "
    "ridge rova rund sand seda stam tano tella tera thorn vant varo vell vess vik wood zano"
)
INDUSTRIES = _split_words(
    "Bakery Builders Cargo Clinics Energy Engineering Foods Furniture Glass Hotels Insurance Labs Legal Logistics "
    "Machinery Media Optics Packaging Paper Pharmacy Plastics Print Property Robotics School Shipping Software "
    "Sports Steel Studio Textiles Tools Travel Water"
)

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
