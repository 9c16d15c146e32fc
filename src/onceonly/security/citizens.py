"""Citizens' tokens: believed by the keys a municipality's file names, and read once.

Source: contract, 3; OpenID Connect Core 1.0, 5.1; OpenID Identity Assurance, 4.2 (place of birth).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from onceonly.domain.citizens import LEVELS, Citizen
from onceonly.domain.offices import IdentityProvider
from onceonly.domain.persons import Identity, Person
from onceonly.security.jose import (
    Compact,
    InvalidToken,
    algorithms_of,
    check_signature,
    take_apart,
)
from onceonly.security.names import search_form
from onceonly.security.tokens import LEEWAY_S

_TYPES = frozenset({"JWT", "AT+JWT"})
_LONGEST = 200


def peek_issuer(token: str) -> tuple[str, str]:
    """Whose token it claims to be and for whom: issuer, audience. Nothing of it is believed yet.

    Raises:
        InvalidToken: it is no compact token, or names nobody.
    """
    claims = take_apart(token).claims
    issuer, audience = claims.get("iss"), claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(issuer, str) or not isinstance(audience, str):
        raise InvalidToken("form")
    return issuer, audience


def verify_citizen(token: str, provider: IdentityProvider, *, now: datetime) -> Citizen:
    """Believe a token of this provider here and now.

    Raises:
        InvalidToken: a check failed; `why` names it.
    """
    taken = take_apart(token)
    if str(taken.header.get("typ", "JWT")).upper() not in _TYPES:
        raise InvalidToken("form")
    key = _key_of(provider, taken.header.get("kid"))
    algorithm = str(taken.header["alg"])
    if algorithm not in algorithms_of(key):
        raise InvalidToken("signature")
    check_signature(taken, key, algorithm)
    if peek_issuer(token) != (provider.issuer, provider.audience):
        raise InvalidToken("audience")
    _check_times(taken.claims, int(now.timestamp()))
    return Citizen(_level(taken.claims, provider), _person(taken, provider.issuer))


def _key_of(provider: IdentityProvider, kid: object) -> Mapping[str, object]:
    for key in provider.keys:
        if isinstance(kid, str) and key.get("kid") == kid:
            return key
    raise InvalidToken("key")


def _check_times(claims: Mapping[str, object], now: int) -> None:
    issued, expires, begins = (claims.get(name) for name in ("iat", "exp", "nbf"))
    begins = issued if begins is None else begins
    times = (issued, expires, begins)
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in times):
        raise InvalidToken("time")
    iat, exp, nbf = (int(one) for one in times if isinstance(one, int))
    if exp + LEEWAY_S <= now or max(iat, nbf) - LEEWAY_S > now:
        raise InvalidToken("time")


def _level(claims: Mapping[str, object], provider: IdentityProvider) -> str:
    """The strongest level whose words hold the claim; whoever says nothing known is the weakest."""
    stated = claims.get(provider.trust_level_claim)
    held = [one for one in LEVELS if stated in provider.levels.get(one, ())]
    return held[-1] if held else LEVELS[0]


def _person(token: Compact, issuer: str) -> Person:
    claims = token.claims
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST:
        raise InvalidToken("form")
    place = claims.get("place_of_birth")
    if isinstance(place, dict):
        place = place.get("locality")
    given = _text(claims.get("given_name"))
    return Person(
        ref="",
        role="",
        family_name=_text(claims.get("family_name")),
        given_names=() if given is None else (given,),
        date_of_birth=_text(claims.get("birthdate")) or "",
        birth_name=_text(claims.get("birth_family_name")),
        place_of_birth=_text(place),
        identity=Identity(issuer, subject),
    )


def _text(value: object) -> str | None:
    """A text with something in it, of a length a name can have."""
    if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST:
        return value.strip()
    return None


def found_among(persons: Iterable[Person], citizen: Citizen) -> str | None:
    """The `ref` of the one person who the citizen is; None where nobody is, or two could be.

    The login under which a request was made decides; else names and birth date, with a place of
    birth on both sides, must fit exactly one. Source: contract, 3.
    """
    everybody = list(persons)
    own = [one.ref for one in everybody if one.identity == citizen.person.identity]
    if own:
        return own[0] if len(own) == 1 else None
    fitting = [one.ref for one in everybody if is_same_person(one, citizen.person)]
    return fitting[0] if len(fitting) == 1 else None


def is_same_person(stated: Person, vouched: Person) -> bool:
    """Whether a person an office stated is the one a provider vouches for, but for their logins."""
    if _other_login(stated, vouched):
        return False
    name, place = _name(stated), search_form(stated.place_of_birth or "")
    return (
        # Signs beyond the search form leave nothing: two empty names are not the same name.
        any(name)
        and name == _name(vouched)
        and stated.date_of_birth == vouched.date_of_birth
        and "-00" not in stated.date_of_birth
        and bool(place)
        and place == search_form(vouched.place_of_birth or "")
        and _no_contradiction(stated.birth_name, vouched.birth_name)
    )


def _other_login(stated: Person, vouched: Person) -> bool:
    """The same provider knows both, and as two."""
    mine, theirs = stated.identity, vouched.identity
    return (
        mine is not None
        and theirs is not None
        and mine.issuer == theirs.issuer
        and mine.subject != theirs.subject
    )


def _name(person: Person) -> tuple[str, str]:
    return search_form(person.family_name or ""), search_form("".join(person.given_names))


def _no_contradiction(one: str | None, other: str | None) -> bool:
    return one is None or other is None or search_form(one) == search_form(other)
