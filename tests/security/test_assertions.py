"""Assertions: what a client may show, and everything else that is shown instead."""

import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from onceonly.security.jose import InvalidToken, generate_client_key, sign_with_jwk
from onceonly.security.tokens import peek_client
from security.forging import (
    AT,
    CLIENT,
    ISSUER,
    NOW,
    an_ec_key,
    an_rsa_key,
    claims,
    encoded,
    header,
    pss,
    rs256,
    token,
)
from security.holding import Holder, a_client, verified, why


@pytest.fixture(scope="module")
def holder() -> Holder:
    private, public = an_ec_key()
    return Holder(private, a_client(public))


def test_a_good_assertion_is_believed(holder: Holder) -> None:
    assertion = verified(holder.says(header(), claims()), holder.client)

    assert (assertion.client_id, assertion.jti) == (CLIENT, "once")


def test_a_jti_is_remembered_for_as_long_as_any_clock_would_take_it(holder: Holder) -> None:
    text = holder.says(header(), claims())
    remembered = int((verified(text, holder.client).expires_at - NOW).total_seconds())

    assert verified(text, holder.client, later_s=remembered - 1).client_id == CLIENT
    assert why(text, holder.client, later_s=remembered) == "time"


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("PS256", hashes.SHA256()), ("PS512", hashes.SHA512())]
)
@pytest.mark.parametrize("extra", [{}, {"vnd.example": "unknown"}, {"x5t": "abc"}])
def test_rsa_keys_sign_with_pss(
    algorithm: str, digest: hashes.HashAlgorithm, extra: dict[str, str]
) -> None:
    private, public = an_rsa_key()
    text = token(header(alg=algorithm, **extra), claims(), pss(private, digest))

    assert verified(text, a_client(public)).client_id == CLIENT
    assert why(text[:-8] + "AAAAAAA" + text[-1], a_client(public)) == "signature"


@pytest.mark.parametrize("algorithm", ["PS256", "PS512"])
def test_a_key_that_names_its_algorithm_is_good_for_no_other(algorithm: str) -> None:
    private, public = an_rsa_key()
    other = "PS512" if algorithm == "PS256" else "PS256"
    digest = hashes.SHA256() if algorithm == "PS256" else hashes.SHA512()
    text = token(header(alg=algorithm), claims(), pss(private, digest))

    assert why(text, a_client(public | {"alg": other})) == "signature"


def test_what_the_command_signs_is_believed() -> None:
    private, public = generate_client_key()

    assert verified(sign_with_jwk(claims(), private), a_client(public)).jti == "once"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "", "HS256", "RS256", "ES384", "x"])
def test_no_other_algorithm_is_taken(holder: Holder, algorithm: str) -> None:
    text = holder.says(header(alg=algorithm), claims())

    assert why(text, holder.client) == "signature"
    assert why(text.rpartition(".")[0] + ".", holder.client) == "signature"


def test_pkcs1_signatures_are_not_taken() -> None:
    private, public = an_rsa_key()

    assert why(token(header(alg="RS256"), claims(), rs256(private)), a_client(public)) == (
        "signature"
    )
    assert why(token(header(alg="PS256"), claims(), rs256(private)), a_client(public)) == (
        "signature"
    )


@pytest.mark.parametrize("form", ["pem", "der", "jwk", "raw"])
@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_the_public_key_is_no_secret_to_sign_with(
    holder: Holder, form: str, algorithm: str
) -> None:
    public = holder.private.public_key()
    secret = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(holder.client.keys[0]).encode(),
        "raw": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    }[form]
    text = token(
        header(alg=algorithm), claims(), lambda signed: hmac.digest(secret, signed, "sha256")
    )

    assert why(text, holder.client) == "signature"


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 63 + b"\1", b"\1" * 65])
def test_an_empty_or_odd_signature_is_refused(holder: Holder, signature: bytes) -> None:
    assert why(token(header(), claims(), lambda _: signature), holder.client) == "signature"


def test_a_signature_in_der_is_refused(holder: Holder) -> None:
    def der(signed: bytes) -> bytes:
        return holder.private.sign(signed, ec.ECDSA(hashes.SHA256()))

    assert why(token(header(), claims(), der), holder.client) == "signature"


@pytest.mark.parametrize(
    "kid", [None, "k2", "", "K1", 1, ["k1"], {"kid": "k1"}, True, "../../etc/passwd"]
)
def test_a_key_must_be_named_and_known(holder: Holder, kid: object) -> None:
    assert why(holder.says(header(kid=kid), claims()), holder.client) == "key"


def test_a_key_without_name_is_never_found(holder: Holder) -> None:
    nameless = {name: one for name, one in holder.client.keys[0].items() if name != "kid"}

    assert why(holder.says(header(kid=None), claims()), a_client(nameless)) == "key"


def test_the_key_of_another_client_opens_nothing(holder: Holder) -> None:
    _, other = an_ec_key("k2")

    assert why(holder.says(header(), claims()), a_client(other)) == "key"
    assert why(holder.says(header(), claims()), a_client(other | {"kid": "k1"})) == "signature"


@pytest.mark.parametrize(
    "member",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"jwk": {"kty": "EC"}},
        {"jku": "http://evil.example/keys"},
        {"x5u": "http://evil.example/cert"},
        {"x5c": ["MII"]},
        {"typ": "at+jwt"},
        {"typ": "evidence+jws"},
        {"typ": ""},
        {"typ": 1},
        {"alg": None},
        {"alg": 1},
        {"alg": ["ES256"]},
    ],
)
def test_headers_that_change_the_reading_or_bring_a_key_are_refused(
    holder: Holder, member: dict[str, object]
) -> None:
    assert why(holder.says(header(**member), claims()), holder.client) == "form"


def test_a_type_may_be_left_out_but_not_be_null(holder: Holder) -> None:
    assert verified(holder.says(header(typ=None), claims()), holder.client).client_id == CLIENT
    assert why(holder.says(header() | {"typ": None}, claims()), holder.client) == "form"


@pytest.mark.parametrize(
    "audience",
    [
        None,
        "",
        ISSUER + "/",
        ISSUER + "/oauth2/token",
        ISSUER.upper(),
        [ISSUER],
        [ISSUER, "http://other.example"],
        {"aud": ISSUER},
        1,
    ],
)
def test_the_audience_is_the_issuer_as_one_string(holder: Holder, audience: object) -> None:
    assert why(holder.says(header(), claims(aud=audience)), holder.client) == "audience"


@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", [None, "", "other", [CLIENT], 1])
def test_issuer_and_subject_are_the_client(holder: Holder, name: str, value: object) -> None:
    assert why(holder.says(header(), claims(**{name: value})), holder.client) == "form"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": AT - 60},
        {"exp": AT},
        {"iat": AT + 61, "exp": AT + 90},
        {"nbf": AT + 61},
        {"exp": AT + 301},
        {"iat": AT - 400},
        {"iat": AT - 299, "exp": AT + 2},
        {"exp": 10**400},
        {"iat": 10**400, "exp": 10**400 + 60},
        {"exp": None},
        {"iat": None},
        {"exp": str(AT + 60)},
        {"exp": AT + 60.5},
        {"exp": [AT + 60]},
        {"exp": True},
        {"iat": False, "exp": True},
        {"nbf": "now"},
        {"nbf": True},
        {"exp": -1},
    ],
)
def test_times_are_seconds_of_here_and_now(holder: Holder, changes: dict[str, Any]) -> None:
    assert why(holder.says(header(), claims(**changes)), holder.client) == "time"


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": AT + 60, "exp": AT + 61},
        {"iat": AT - 200, "exp": AT - 59},
        {"nbf": AT + 60},
        {"exp": AT + 300},
    ],
)
def test_a_clock_may_be_off_by_a_minute(holder: Holder, changes: dict[str, int]) -> None:
    assert verified(holder.says(header(), claims(**changes)), holder.client).client_id == CLIENT


@pytest.mark.parametrize(
    "jti", [None, "", "x" * 256, "a\nb", "a\0b", "\x7f", 1, ["once"], "\ud800"]
)
def test_a_jti_is_1_to_255_printable_characters(holder: Holder, jti: object) -> None:
    assert why(holder.says(header(), claims(jti=jti)), holder.client) == "form"


@pytest.mark.parametrize("jti", ["x", "x" * 255, "mit Leerzeichen", "schön"])
def test_any_printable_jti_will_do(holder: Holder, jti: str) -> None:
    assert verified(holder.says(header(), claims(jti=jti)), holder.client).jti == jti


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '"sub"',
        "1",
        "{",
        "[" * 3000,
        '{"sub": ' * 900,
    ],
)
def test_what_is_no_json_object_is_refused(holder: Holder, body: str) -> None:
    assert why(holder.says(header(), body), holder.client) == "form"
    assert why(holder.says(body, claims()), holder.client) == "form"


@pytest.mark.parametrize(
    "member",
    [
        '"x": NaN',
        '"x": -Infinity',
        '"x": 1e999',
        '"x": {"y": 1, "y": 2}',
        '"x": [{"y": 1, "y": 1}]',
        '"x": ' + "1" * 5000,
        '"\\u0073ub": "but-fachverfahren"',
        '"jti": "once"',
        '"exp": 1',
        '"alg": "none", "alg": "ES256"',
        '"kid": "k1", "kid": "k1"',
    ],
)
def test_what_is_not_json_or_says_a_thing_twice_is_refused(holder: Holder, member: str) -> None:
    head, body = (json.dumps(one)[:-1] + f", {member}}}" for one in (header(), claims()))

    if "alg" not in member and "kid" not in member:
        assert why(holder.says(header(), body), holder.client) == "form"
    if "u0073ub" not in member and "jti" not in member and "exp" not in member:
        assert why(holder.says(head, claims()), holder.client) == "form"


def test_text_that_is_not_utf_8_is_refused(holder: Holder) -> None:
    parts = holder.says(header(), claims()).split(".")
    parts[1] = encoded(b'{"sub": "\xff"}')

    assert why(".".join(parts), holder.client) == "form"


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("junk", ["=", "==", " ", "\n", "!", "+", "ä"])
def test_base64url_has_one_spelling(holder: Holder, part: int, junk: str) -> None:
    parts = holder.says(header(), claims()).split(".")
    parts[part] += junk

    assert why(".".join(parts), holder.client) == "form"


def test_unused_bits_of_base64url_are_zero(holder: Holder) -> None:
    text = holder.says(header(), claims())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[alphabet.index(text[-1]) + 1]

    assert why(text[:-1] + other, holder.client) == "form"


@pytest.mark.parametrize("text", ["", ".", "..", "...", "a.b", "a.b.c.d.e", "ä.ö.ü"])
def test_what_has_not_three_parts_is_no_token(holder: Holder, text: str) -> None:
    assert why(text, holder.client) == "form"


def test_a_token_has_8_kib_at_most(holder: Holder) -> None:
    def of_length(length: int) -> str:
        bare = holder.says(header(), claims(x=""))
        filling = (length - len(bare)) * 3 // 4
        texts = (holder.says(header(), claims(x="x" * (filling + n))) for n in range(-3, 4))
        return next(text for text in texts if len(text) == length)

    assert verified(of_length(8 * 1024), holder.client).client_id == CLIENT
    assert why(of_length(8 * 1024 + 2), holder.client) == "form"


@pytest.mark.parametrize("subject", [None, "", 1, [CLIENT]])
def test_an_assertion_of_nobody_is_refused_at_first_sight(holder: Holder, subject: object) -> None:
    with pytest.raises(InvalidToken):
        peek_client(holder.says(header(), claims(sub=subject)))


def test_a_peek_believes_nothing() -> None:
    assert peek_client(token(header(), claims(sub="anybody"), lambda _: b"")) == "anybody"


@given(st.text())
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    with pytest.raises(InvalidToken):
        peek_client(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from(["iss", "sub", "aud", "jti", "iat", "exp", "nbf"]), value=JSON)
def test_no_claim_makes_the_reader_fail_otherwise(holder: Holder, name: str, value: object) -> None:
    text = holder.says(header(), claims() | {name: value})

    try:
        verified(text, holder.client)
    except InvalidToken as refused:
        assert refused.why in {"audience", "time", "form"}  # noqa: PT017 -- both ends are right


@given(name=st.sampled_from(["alg", "typ", "kid", "cty", "zip", "enc", "epk"]), value=JSON)
def test_no_header_makes_the_reader_fail_otherwise(
    holder: Holder, name: str, value: object
) -> None:
    text = holder.says(header() | {name: value}, claims())

    try:
        verified(text, holder.client)
    except InvalidToken as refused:
        assert refused.why in {"key", "signature", "form"}  # noqa: PT017 -- both ends are right
