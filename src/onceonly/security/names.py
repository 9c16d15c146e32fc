"""Names of persons, made unreadable: search forms and pseudonyms that differ per office."""

import hmac
import unicodedata

from onceonly.domain.persons import Person
from onceonly.security.keys import KeyFiles

_LETTERS = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "å": "aa",
        "ı": "i", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ŋ": "n", "ħ": "h", "ŧ": "t",
        "ə": "ae", "ĸ": "k", "ƈ": "c", "ɨ": "i", "ʒ": "z", "ǥ": "g",
    }
)  # fmt: skip


def search_form(name: str) -> str:
    """A name as it is searched: small Latin letters only. Source: DIN 91379, search form."""
    spelled = unicodedata.normalize("NFC", name).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", spelled).translate(_LETTERS)
    return "".join(sign for sign in plain if "a" <= sign <= "z")


class Names:
    """Keyed hashes of what must not be readable; one long-lived secret behind all of them."""

    def __init__(self, keys: KeyFiles) -> None:
        self._secret = keys.secret("names")
        self._offices: dict[tuple[int, str], bytes] = {}
        self._protecting: dict[tuple[int, str], bytes] = {}

    def subject(self, municipality: int, office: str, person: Person) -> bytes:
        """What one office calls a person; 32 bytes, another for every office.

        Two municipalities may each have an office of that code; they call nobody the same.
        """
        key = self._offices.get((municipality, office))
        if key is None:
            named = f"{municipality}/{office}".encode()
            key = self._offices[municipality, office] = self.keyed_hash("subject", named)
        parts = (
            search_form(person.family_name or ""),
            "-".join(search_form(one) for one in person.given_names),
            person.date_of_birth,
            search_form(person.place_of_birth or ""),
        )
        return hmac.digest(key, "\0".join(parts).encode(), "sha256")

    def protection(self, municipality: int, office: str, form: str) -> bytes:
        """A form of somebody as one office protects them; 32 bytes, another for every office."""
        key = self._protecting.get((municipality, office))
        if key is None:
            named = f"{municipality}/{office}".encode()
            key = self._protecting[municipality, office] = self.keyed_hash("protection", named)
        return hmac.digest(key, form.encode(), "sha256")

    def keyed_hash(self, purpose: str, data: bytes) -> bytes:
        """A hash nobody can make without the secret, apart for every purpose; 32 bytes."""
        return hmac.digest(self._secret, purpose.encode() + b"\0" + data, "sha256")
