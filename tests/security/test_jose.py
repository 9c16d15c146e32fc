"""Keys of clients: which are taken, which are refused, and why."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from onceonly.domain.offices import Client
from onceonly.security.jose import generate_client_key, jwk_faults, sign_with_jwk
from onceonly.security.tokens import verify_assertion
from security.forging import CLIENT, ISSUER, NOW, an_ec_key, an_rsa_key, claims


def test_a_fresh_key_pair_is_taken_and_only_the_public_half_is() -> None:
    private, public = generate_client_key()

    assert jwk_faults(public) == []
    assert public == {name: one for name, one in private.items() if name != "d"}
    assert public["kid"]
    assert (public["use"], public["alg"]) == ("sig", "ES256")
    assert "private" in " ".join(jwk_faults(private))


@pytest.mark.parametrize("named", [{}, {"alg": "PS256"}, {"alg": "PS512", "use": "sig"}])
def test_long_rsa_keys_are_taken(named: dict[str, str]) -> None:
    assert jwk_faults(an_rsa_key(3072)[1] | named) == []


def test_a_short_rsa_key_is_refused() -> None:
    (fault,) = jwk_faults(an_rsa_key(2048)[1])

    assert "3072" in fault


def without(name: str) -> dict[str, object]:
    return {member: one for member, one in an_ec_key()[1].items() if member != name}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kid": ""}, "kid"),
        ({"kid": 7}, "kid"),
        ({"kid": None}, "kid"),
        ({"use": "enc"}, "use"),
        ({"use": None}, "use"),
        ({"key_ops": ["encrypt"]}, "use"),
        ({"key_ops": "verify"}, "use"),
        ({"alg": "RS256"}, "ES256"),
        ({"alg": "HS256"}, "ES256"),
        ({"alg": "PS256"}, "ES256"),
        ({"crv": "P-384"}, "ES256"),
        ({"crv": "secp256k1"}, "ES256"),
        ({"kty": "OKP", "crv": "Ed25519"}, "ES256"),
        ({"kty": "oct"}, "ES256"),
        ({"kty": ["EC"]}, "ES256"),
        ({"d": "AAAA"}, "private"),
        ({"k": "AAAA"}, "private"),
        ({"x": "AAAA"}, "cannot be read"),
        ({"x": 5}, "cannot be read"),
        ({"x": "ü"}, "cannot be read"),
        ({"x": "A" * 43, "y": "A" * 43}, "cannot be read"),
    ],
)
def test_a_fault_of_a_key_says_what_is_wrong(changes: dict[str, object], said: str) -> None:
    (fault,) = jwk_faults(an_ec_key()[1] | changes)

    assert said in fault


@pytest.mark.parametrize("name", ["kid", "kty", "crv", "x", "y"])
def test_a_missing_member_is_a_fault(name: str) -> None:
    assert len(jwk_faults(without(name))) == 1


def test_all_faults_are_named_at_once() -> None:
    assert len(jwk_faults(without("kid") | {"use": "enc", "alg": "none"})) == 3


def test_no_fault_repeats_what_the_key_holds() -> None:
    private = ECKey.generate_key("P-256").as_dict(private=True)
    told = " ".join(jwk_faults(private))

    assert not any(str(one) in told for one in (private["d"], private["x"]))


JSON = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


@given(
    name=st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops"]),
    value=JSON,
    rsa_key=st.booleans(),
)
def test_no_member_of_a_key_makes_the_reader_fail(
    name: str, value: object, *, rsa_key: bool
) -> None:
    key = an_rsa_key()[1] if rsa_key else {**an_ec_key()[1]}

    assert all(isinstance(one, str) for one in jwk_faults(key | {name: value}))


def private_rsa() -> tuple[dict[str, Any], dict[str, Any]]:
    key = RSAKey.import_key(rsa.generate_private_key(65537, 3072))
    labels = {"kid": "r1"}
    return dict(key.as_dict(private=True)) | labels, dict(key.as_dict(private=False)) | labels


def test_an_rsa_key_signs_as_an_office_system_would() -> None:
    private, public = private_rsa()

    for named in ({}, {"alg": "PS256"}, {"alg": "PS512"}):
        text = sign_with_jwk(claims(), private | named)
        client = Client(CLIENT, None, (), (public | named,))
        assert verify_assertion(text, client, issuer=ISSUER, now=NOW).jti == "once"


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"keys": []},
        an_ec_key()[1],
        {"kty": "oct", "k": "AAAA", "kid": "k1"},
        an_ec_key()[1] | {"d": "AAAA", "x": "AAAA"},
        an_ec_key()[1] | {"d": 5},
        an_rsa_key()[1] | {"d": "AAAA"},
    ],
)
def test_what_is_no_private_key_signs_nothing(key: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no private JWK"):
        sign_with_jwk(claims(), key)
