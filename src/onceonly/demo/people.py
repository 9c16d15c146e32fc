"""Synthetic people of the Landkreis Musterkreis. Nobody here exists, and every address says so.

Everybody lives in 99999 Musterstadt. The hard cases are here by name: unknown parts of a birth
date, one name only, two namesakes, a name that another office writes in Cyrillic, and people about
whom an office answers late, wrongly or not at all. docs/sandbox.md tells them one by one.
"""

from dataclasses import dataclass

TOWN = "Musterstadt"
POSTAL_CODE = "99999"


@dataclass(frozen=True, slots=True)
class Person:
    """A person as an office has them on file; `date_of_birth` may have `00` parts.

    `aliases` are other spellings of (family name, given name); only these may be Cyrillic.
    """

    family_name: str | None
    given_names: tuple[str, ...]
    date_of_birth: str
    place_of_birth: str
    street: str
    house_number: str
    aliases: tuple[tuple[str, str], ...] = ()

    def names(self) -> dict[str, object]:
        """How an office names this person inside an evidence: names and birth date."""
        named: dict[str, object] = {"date_of_birth": self.date_of_birth}
        if self.family_name is not None:
            named["family_name"] = self.family_name
        if self.given_names:
            named["given_names"] = list(self.given_names)
        return named

    def attributes(self) -> dict[str, object]:
        """Everything a request may say about this person."""
        told = self.names() | {
            "place_of_birth": self.place_of_birth,
            "address": {
                "street": self.street,
                "house_number": self.house_number,
                "postal_code": POSTAL_CODE,
                "town": TOWN,
            },
        }
        if self.aliases:
            told["aliases"] = [
                {"family_name": family, "given_names": [given]} for family, given in self.aliases
            ]
        return told


AYSE = Person("Mustergül", ("Ayşe",), "1988-04-17", "Izmir", "Musterweg", "1")
CAN = Person("Mustergül", ("Can",), "2016-09-03", TOWN, "Musterweg", "1")
OKSANA = Person("Beispielshchenko", ("Oksana",), "1979-00-00", "Odesa", "Musterweg", "2")
ZLATKA = Person("Probeva", ("Zlatka", "Mária"), "1991-05-00", "Plovdiv", "Musterweg", "3")
SURYA = Person(None, ("Suryamuster",), "1994-11-30", "Surabaya", "Musterweg", "4")
JOERG = Person("Mustermüller", ("Jörg",), "1985-04-06", TOWN, "Musterweg", "5")
NAMESAKE = Person("Mustermüller", ("Jörg",), "1985-04-06", "Beispielhausen", "Musterweg", "6")
IPEK = Person("Musterışık", ("İpek", "Çiğdem"), "1992-12-01", "Iğdır", "Musterweg", "7")

LATE = Person("Musterspäter", ("Lara",), "1990-01-10", TOWN, "Musterweg", "21")
REFUSED = Person("Musternein", ("Noah",), "1990-02-10", TOWN, "Musterweg", "22")
SLOW = Person("Musterlahm", ("Samuel",), "1990-03-10", TOWN, "Musterweg", "23")
BROKEN = Person("Musterbruch", ("Bruno",), "1990-04-10", TOWN, "Musterweg", "24")
GARBLED = Person("Musterwirr", ("Wilma",), "1990-05-10", TOWN, "Musterweg", "25")
VAST = Person("Musterriese", ("Rosa",), "1990-06-10", TOWN, "Musterweg", "26")
TALKED_ABOUT = Person("Musterplauder", ("Paul",), "1990-07-10", TOWN, "Musterweg", "27")
PROTECTED = Person("Musterschutz", ("Smilla",), "1990-08-10", TOWN, "Musterweg", "28")
"""Each as the offices treat them."""

NOBODY = Person("Niemandsdóttir", ("Åse",), "1990-02-28", "Nirgendwo", "Musterweg", "99")
"""Known to no office."""
