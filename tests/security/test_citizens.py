"""Citizens' tokens: believed only whole, and nobody is taken for a namesake."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import NOW
from onceonly.domain.persons import Identity, Person
from onceonly.security.citizens import found_among, peek_issuer, verify_citizen
from onceonly.security.jose import InvalidToken, sign_with_jwk
from security import forging
from vouching import AT, GOKCE, Vouching

PROVIDER = Vouching()
PERSON = Person("p1", "applicant", "Musteryılmaz", ("Gökçe",), "1990-03-14", place_of_birth="İzmir")


def refused(token: str, **at: float) -> str:
    with pytest.raises(InvalidToken) as raised:
        verify_citizen(token, PROVIDER.configured, now=NOW + timedelta(**at))
    return raised.value.why


def test_a_good_token_names_the_person_and_the_level() -> None:
    citizen = verify_citizen(PROVIDER.vouches(), PROVIDER.configured, now=NOW)

    assert citizen.level == "hoch"
    assert citizen.person.identity == Identity("https://id.example.org", "gokce")
    assert (citizen.person.family_name, citizen.person.given_names) == ("Musteryılmaz", ("Gökçe",))
    assert (citizen.person.date_of_birth, citizen.person.place_of_birth) == ("1990-03-14", "Izmir")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "somebody-else"}, "audience"),
        ({"aud": ["onceonly", "somebody-else"]}, "form"),
        ({"aud": None}, "form"),
        ({"iss": "https://id.example.com"}, "audience"),
        ({"exp": AT - 61}, "time"),
        ({"exp": None}, "time"),
        ({"exp": True}, "time"),
        ({"iat": None}, "time"),
        ({"iat": AT + 61}, "time"),
        ({"nbf": AT + 61}, "time"),
        ({"nbf": "soon"}, "time"),
        ({"sub": ""}, "form"),
        ({"sub": 7}, "form"),
    ],
)
def test_a_token_that_is_wrong_in_one_claim_is_not_believed(
    changes: dict[str, Any], why: str
) -> None:
    assert refused(PROVIDER.vouches(**changes)) == why


def test_the_audience_may_be_a_list_of_one() -> None:
    token = PROVIDER.vouches(aud=["onceonly"])

    assert peek_issuer(token) == ("https://id.example.org", "onceonly")
    assert verify_citizen(token, PROVIDER.configured, now=NOW).level == "hoch"


def test_keys_of_others_and_other_kinds_of_token_are_not_believed() -> None:
    stranger = Vouching()
    renamed = stranger.keys[0] | {"kid": PROVIDER.keys[0]["kid"]}

    assert refused(stranger.vouches()) == "key"
    assert refused(replace(stranger, keys=(renamed, stranger.keys[1])).vouches()) == "signature"
    claims = {"iss": PROVIDER.issuer, "aud": PROVIDER.audience, "sub": "gokce", "exp": AT + 60}
    other = sign_with_jwk(claims | {"iat": AT}, PROVIDER.keys[0], typ="logout+jwt")
    assert refused(other) == "form"


def test_no_other_algorithm_opens_the_door() -> None:
    private, public = forging.an_rsa_key(kid="r1")
    provider = replace(PROVIDER.configured, keys=(public,))
    body = {"iss": PROVIDER.issuer, "aud": PROVIDER.audience, **GOKCE, "iat": AT, "exp": AT + 60}
    head = {"alg": "RS256", "typ": "JWT", "kid": "r1"}

    with pytest.raises(InvalidToken):
        verify_citizen(forging.token(head, body, forging.rs256(private)), provider, now=NOW)
    with pytest.raises(InvalidToken):
        verify_citizen(
            forging.token(head | {"alg": "none"}, body, lambda _: b""), provider, now=NOW
        )


@pytest.mark.parametrize(
    ("acr", "level"),
    [("high", "hoch"), ("medium", "substantiell"), ("low", "basis"), (None, "basis"), (3, "basis")],
)
def test_the_level_is_what_the_file_says_of_the_claim(acr: object, level: str) -> None:
    assert verify_citizen(PROVIDER.vouches(acr=acr), PROVIDER.configured, now=NOW).level == level


def found(*persons: Person, **claims: Any) -> str | None:
    citizen = verify_citizen(PROVIDER.vouches(**claims), PROVIDER.configured, now=NOW)
    return found_among(persons, citizen)


def test_names_are_compared_as_they_are_searched() -> None:
    assert found(PERSON) == "p1"
    assert found(PERSON, family_name="MUSTERYILMAZ", given_name="gokce") is None
    assert found(PERSON, family_name="Musteryilmaz", given_name="Goekce") == "p1"
    assert found(PERSON, place_of_birth={"locality": "Izmir", "country": "TR"}) == "p1"


@pytest.mark.parametrize(
    "claims",
    [
        {"family_name": "Musterkovač"},
        {"given_name": "Gökçen"},
        {"birthdate": "1990-03-15"},
        {"place_of_birth": "Ankara"},
        {"place_of_birth": None},
        {"family_name": None, "given_name": None},
        {"birth_family_name": "Musterdemir"},
    ],
)
def test_who_differs_in_one_attribute_is_somebody_else(claims: dict[str, Any]) -> None:
    assert found(replace(PERSON, birth_name="Musterkaya"), **claims) is None


def test_without_a_place_of_birth_on_both_sides_only_the_own_login_tells() -> None:
    nowhere = replace(PERSON, place_of_birth=None)
    own = replace(nowhere, identity=Identity("https://id.example.org", "gokce"))

    assert found(nowhere) is None
    assert found(own) == "p1"
    assert found(own, place_of_birth=None) == "p1"


def test_two_who_could_be_it_are_nobody() -> None:
    twin = replace(PERSON, ref="p2")

    assert found(PERSON, twin) is None
    assert (
        found(replace(PERSON, identity=Identity("https://id.example.org", "gokce")), twin) == "p1"
    )


def test_another_login_at_the_same_provider_is_another_person() -> None:
    assert found(replace(PERSON, identity=Identity("https://id.example.org", "else"))) is None
    assert found(replace(PERSON, identity=Identity("https://other.example", "else"))) == "p1"


def test_unknown_parts_of_a_birth_date_fit_nobody() -> None:
    assert found(replace(PERSON, date_of_birth="1990-00-00"), birthdate="1990-00-00") is None


def test_names_in_letters_without_a_search_form_are_not_all_the_same() -> None:
    olena = replace(PERSON, family_name="Шевченко", given_names=("Олена",))

    assert found(olena, family_name="Коваль", given_name="Ірина") is None
