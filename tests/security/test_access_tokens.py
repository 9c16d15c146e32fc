"""Access tokens, provider bearers and signed evidence: one key of the hub's, three purposes."""

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from onceonly.security.jose import InvalidToken, sign
from onceonly.security.keys import KeyFiles
from onceonly.security.tokens import AccessTokens, ProviderBearer, sign_evidence
from security.forging import AT, CLIENT, ISSUER, NOW, an_ec_key, es256, token

SCOPES = ("evidence.request", "catalogue.read")


@pytest.fixture
def access(keys: KeyFiles) -> AccessTokens:
    return AccessTokens(keys, ISSUER)


def issued(access: AccessTokens, client_id: str = CLIENT) -> str:
    return access.issue(client_id=client_id, scopes=SCOPES, now=NOW)


def why(access: AccessTokens, text: str, now: datetime = NOW) -> str:
    with pytest.raises(InvalidToken) as refused:
        access.verify(text, now)
    return refused.value.why


def part(text: str, at: int) -> dict[str, Any]:
    raw = text.split(".")[at]
    return dict(json.loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4))))


def test_an_access_token_says_who_may_what_here_for_ten_minutes(
    access: AccessTokens, keys: KeyFiles
) -> None:
    text = issued(access)

    assert part(text, 0) == {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing_key().kid}
    claims = part(text, 1)
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": CLIENT,
        "client_id": CLIENT,
        "scope": " ".join(SCOPES),
        "iat": AT,
        "exp": AT + 600,
    }


def test_no_two_access_tokens_are_alike(access: AccessTokens) -> None:
    assert len({issued(access) for _ in range(5)}) == 5


def test_an_access_token_is_believed_in_every_process_with_the_keys(
    access: AccessTokens, keys: KeyFiles
) -> None:
    text = issued(access)

    for process in (access, AccessTokens(keys, ISSUER)):
        believed = process.verify(text, NOW)
        assert (believed.client_id, believed.scopes) == (CLIENT, frozenset(SCOPES))


def test_a_believed_token_ends_all_the_same(access: AccessTokens) -> None:
    text = issued(access)
    access.verify(text, NOW)

    assert access.verify(text, NOW + timedelta(seconds=599)).client_id == CLIENT
    assert why(access, text, NOW + timedelta(seconds=600)) == "time"
    assert why(access, text, NOW + timedelta(seconds=601)) == "time"


def test_a_token_of_the_future_is_not_believed(access: AccessTokens) -> None:
    assert why(access, issued(access), NOW - timedelta(seconds=61)) == "time"


def test_only_so_many_tokens_are_remembered_and_those_in_use_stay(
    keys: KeyFiles,
) -> None:
    access = AccessTokens(keys, ISSUER, remembered=2)
    used, idle, fresh = (issued(access, name) for name in ("used", "idle", "fresh"))

    for one in (used, idle, used, fresh):
        access.verify(one, NOW)

    assert list(access._believed) == [used, fresh]
    assert access.verify(idle, NOW).client_id == "idle"


def test_every_changed_sign_of_a_token_is_noticed(access: AccessTokens) -> None:
    text = issued(access)
    access.verify(text, NOW)

    for at in range(0, len(text), 7):
        other = "A" if text[at] != "A" else "B"
        assert why(access, text[:at] + other + text[at + 1 :]) in {"form", "key", "signature"}


def test_a_token_of_another_hub_or_of_none_is_not_believed(
    access: AccessTokens, keys: KeyFiles, tmp_path: Path
) -> None:
    foreign = AccessTokens(KeyFiles(tmp_path / "other", create=True), ISSUER)
    moved = AccessTokens(keys, "http://other.example")

    assert why(access, issued(foreign)) == "key"
    assert why(access, issued(moved)) == "audience"


def test_a_foreign_key_under_our_name_signs_nothing(access: AccessTokens, keys: KeyFiles) -> None:
    private, _ = an_ec_key()
    good = issued(access)

    assert why(access, token(part(good, 0), part(good, 1), es256(private))) == "signature"
    ours = keys.signing_key()
    theirs = KeyFiles.signing_key(KeyFiles(keys._directory.parent / "theirs", create=True))
    assert why(access, sign(part(good, 1), replace(theirs, kid=ours.kid), typ="at+jwt")) == (
        "signature"
    )


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256", "RS256"])
def test_our_own_tokens_know_one_algorithm(access: AccessTokens, algorithm: str) -> None:
    good = issued(access)
    head = part(good, 0) | {"alg": algorithm}

    assert why(access, token(head, part(good, 1), lambda _: b"")) == "form"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "evidence+jws", "AT+JWT", "application/at+jwt"])
def test_what_the_hub_signed_for_another_purpose_is_no_access_token(
    access: AccessTokens, keys: KeyFiles, typ: str
) -> None:
    text = sign(part(issued(access), 1), keys.signing_key(), typ=typ)

    assert why(access, text) == "form"


def test_a_bearer_and_an_evidence_are_no_access_tokens(
    access: AccessTokens, keys: KeyFiles
) -> None:
    bearer = ProviderBearer(keys, ISSUER, lambda: NOW).of(ISSUER, municipality=CLIENT)

    assert why(access, bearer) == "form"
    assert why(access, sign_evidence(json.dumps(part(issued(access), 1)).encode(), keys)) == "form"


def test_a_bearer_says_in_whose_name_whom_is_asked_for_one_minute(keys: KeyFiles) -> None:
    text = ProviderBearer(keys, ISSUER, lambda: NOW).of("http://a.example", municipality="kreis")

    assert part(text, 0) == {"alg": "ES256", "typ": "JWT", "kid": keys.signing_key().kid}
    claims = part(text, 1)
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "sub": "kreis",
        "aud": "http://a.example",
        "iat": AT,
        "exp": AT + 60,
    }


def test_a_bearer_is_shown_again_for_half_its_life_and_to_nobody_else(keys: KeyFiles) -> None:
    moment = NOW
    bearer = ProviderBearer(keys, ISSUER, lambda: moment)
    first = bearer.of("http://a.example", municipality="kreis")

    moment = NOW + timedelta(seconds=29)
    assert bearer.of("http://a.example", municipality="kreis") == first
    assert bearer.of("http://b.example", municipality="kreis") != first
    assert bearer.of("http://a.example", municipality="stadt") != first

    moment = NOW + timedelta(seconds=30)
    assert bearer.of("http://a.example", municipality="kreis") != first

    moment = NOW - timedelta(seconds=1)
    assert part(bearer.of("http://a.example", municipality="kreis"), 1)["iat"] == AT - 1


def test_anybody_can_check_signed_evidence_by_the_published_keys(keys: KeyFiles) -> None:
    payload = '{"person":"p1","content":{"größe":1}}'.encode()

    text = sign_evidence(payload, keys)

    (public,) = keys.public_jwks()
    checked = jws.deserialize_compact(text, ECKey.import_key({**public}), algorithms=["ES256"])
    assert checked.payload == payload
    assert part(text, 0) == {"alg": "ES256", "typ": "evidence+jws", "kid": public["kid"]}
