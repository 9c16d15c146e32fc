"""A signing key is published before it signs and believed after it did; then its public half stays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.security import keys as files
from onceonly.security.jose import InvalidToken
from onceonly.security.keys import KeyFiles, KeyTrouble
from onceonly.security.signing import SigningKey, Turn, believed_at, signs_at
from onceonly.security.tokens import AccessTokens

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
ISSUER = "https://hub.example"


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def goes(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def process(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], KeyFiles]:
    """Processes that share keys, and look at them whenever they use one."""
    monkeypatch.setattr(files, "_LOOK_AGAIN_S", -1.0)
    return lambda: KeyFiles(tmp_path / "keys", create=True, clock=clock)


def kids(keys: KeyFiles) -> set[str]:
    return {one["kid"] for one in keys.public_jwks()}


def test_every_process_publishes_the_next_key_at_once_and_signs_with_it_ten_minutes_later(
    process: Callable[[], KeyFiles], clock: Clock
) -> None:
    one, other = process(), process()
    old = other.signing_key().kid

    new, begin = one.rotate()
    meanwhile = kids(one), kids(other), one.signing_key().kid, other.signing_key().kid
    clock.goes(minutes=10)

    assert begin == NOW + timedelta(minutes=10)
    assert meanwhile == ({old, new.kid}, {old, new.kid}, old, old)
    assert (
        one.signing_key().kid == other.signing_key().kid == process().signing_key().kid == new.kid
    )


def test_a_token_of_the_old_key_is_good_to_its_end_and_the_key_not_for_long(
    process: Callable[[], KeyFiles], clock: Clock
) -> None:
    one, other = process(), process()
    tokens = AccessTokens(one, ISSUER)
    one.rotate()
    clock.goes(minutes=9, seconds=59)
    token = tokens.issue(client_id="c", scopes=["s"], now=clock())
    clock.goes(minutes=9, seconds=59)
    believed = AccessTokens(other, ISSUER).verify(token, clock()).client_id
    clock.goes(minutes=6)

    assert believed == "c"
    with pytest.raises(InvalidToken) as refused:
        AccessTokens(other, ISSUER).verify(token, clock())
    assert refused.value.why == "key"


def test_what_an_old_key_signed_can_be_checked_when_its_private_half_is_gone(
    process: Callable[[], KeyFiles], clock: Clock, tmp_path: Path
) -> None:
    one = process()
    old = one.signing_key()
    new, _ = one.rotate()
    clock.goes(minutes=24)
    kept = one.clear_retired(), kids(one), one.retired_jwks()
    clock.goes(minutes=1)
    gone = one.clear_retired()

    assert kept == ([], {old.kid, new.kid}, [])
    assert gone == [old.kid]
    assert kids(process()) == {new.kid}
    (retired,) = process().retired_jwks()
    assert retired == old.jwk | {"exp": int(clock().timestamp())}
    assert not any(old.pem == file.read_bytes() for file in (tmp_path / "keys").glob("*.pem"))
    assert one.clear_retired() == []


def test_a_second_rotation_waits_for_the_first(
    process: Callable[[], KeyFiles], clock: Clock
) -> None:
    one = process()
    one.signing_key()
    one.rotate()

    with pytest.raises(KeyTrouble, match="wait until then"):
        process().rotate()
    clock.goes(minutes=10)
    third, _ = process().rotate()

    assert third.kid in kids(one)


def test_looking_whether_there_is_a_key_makes_none(process: Callable[[], KeyFiles]) -> None:
    one = process()

    assert not one.signs
    one.signing_key()
    assert one.signs


MINUTES = st.integers(min_value=0, max_value=300)


@given(st.sets(MINUTES, min_size=1, max_size=6), MINUTES)
def test_whoever_signs_is_published_and_is_still_when_a_token_of_its_last_moment_ends(
    begins: set[int], minute: int
) -> None:
    turns = [
        Turn(NOW + timedelta(minutes=one), SigningKey(str(one), b"", ())) for one in sorted(begins)
    ]
    now = NOW + timedelta(minutes=minute)

    signing = signs_at(turns, now).key

    assert signing in believed_at(turns, now)
    assert signing in believed_at(turns, now + timedelta(minutes=10))
