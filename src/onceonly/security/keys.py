"""Long-lived secrets: one file each, readable by their owner alone, made once whoever comes first.

A key of a day lies under `days/<purpose>/<day>`; destroying it destroys what it sealed.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from onceonly.security.secret_files import (
    SECRET_BYTES,
    KeyTrouble,
    faults_of,
    make,
    open_to_others,
    read,
    sync,
    user_name,
)
from onceonly.security.signing import (
    CHECKED_AFTER,
    PUBLISHED_BEFORE,
    NoSigningKey,
    SigningKey,
    Turn,
    begin_in,
    believed_at,
    ends,
    fresh_pem,
    name_of,
    signing_key,
    signs_at,
)

__all__ = ["SECRET_BYTES", "KeyFiles", "KeyTrouble", "SigningKey"]

_FIRST_SIGNING = "token.pem"
_RETIRED = "retired"
_LOOK_AGAIN_S = 1.0
_ROOM = 64 * 1024
_SUFFIXES = frozenset({".key", ".pem"})
_DAY_FILE = re.compile(r"\.?(?P<day>\d{4}-\d\d-\d\d)\.key(\..+)?")


class KeyFiles:
    """The directory of secrets; `create`: make it when it is not there.

    `clock` is the hub's time, by which signing keys take turns; without one, the machine's.
    """

    def __init__(
        self, directory: Path, *, create: bool, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._directory = directory
        self._known: dict[str, bytes] = {}
        self._clock = clock or _machine_time
        self._known_turns: Sequence[Turn] = ()
        self._looked = 0.0
        try:
            if create:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = directory.stat().st_mode
        except OSError:
            raise KeyTrouble(
                f"{directory} cannot be used; make it, owned by the hub's user, mode 0700, as root:"
                f" install -d -o {user_name(os.geteuid())} -m 0700 {directory}"
            ) from None
        if open_to_others(mode):
            raise KeyTrouble(f"{directory} is open to others; chmod 0700 {directory}")

    @property
    def directory(self) -> Path:
        """Where they lie."""
        return self._directory

    def make(self) -> None:
        """Make the long-lived secrets that are not there yet."""
        self.signing_key()
        self.secret("names")
        self.secret("log")

    def secret(self, name: str) -> bytes:
        """A long-lived secret; 32 bytes.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        return self._get(f"{name}.key", _fresh_secret)

    def day_key(self, purpose: str, day: date) -> bytes:
        """The key of a purpose and day, made by whoever needs it first; 32 bytes.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        name = _day_path(purpose, day)
        # What is sealed under a key whose file is gone could be opened by nobody else.
        if name not in self._known or not os.access(f"{self._directory}/{name}", os.F_OK):
            self._forget_destroyed(purpose)
        return self._get(name, _fresh_secret)

    def read_day_key(self, purpose: str, day: date) -> bytes | None:
        """The key of a purpose and day; None when it is destroyed or never was.

        Raises:
            KeyTrouble: it is there and cannot be read.
        """
        name = _day_path(purpose, day)
        # Another process may have destroyed it: only the file says that it lives.
        found = read(self._directory / name)
        if found is None:
            self._known.pop(name, None)
        return found

    def destroy_days(self, purpose: str, before: date) -> list[date]:
        """Destroy the keys of a purpose's days before that day; which they were.

        Raises:
            KeyTrouble: a file cannot be removed; the days before it are destroyed.
        """
        destroyed: set[date] = set()
        directory = self._directory / "days" / purpose
        try:
            # A writer killed half-way leaves its copy beside: the same key under a dotted name.
            for file in sorted(directory.glob("*")):
                named = _DAY_FILE.fullmatch(file.name)
                day = None if named is None else date.fromisoformat(named["day"])
                if day is not None and day < before:
                    file.unlink(missing_ok=True)
                    destroyed.add(day)
            if destroyed:
                sync(directory)
        except OSError:
            raise KeyTrouble(f"{directory} cannot be cleared; give it to the hub's user") from None
        self._forget_destroyed(purpose)
        return sorted(destroyed)

    def signing_key(self) -> SigningKey:
        """The key that signs tokens, bearers, evidence and receipts now.

        Raises:
            KeyTrouble: it can be neither read nor made.
        """
        return signs_at(self._turns(), self._clock()).key

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """Every key that is published: what it signed is believed."""
        return believed_at(self._turns(), self._clock())

    def public_jwks(self) -> list[dict[str, str]]:
        """The published keys' public halves."""
        return [one.jwk for one in self.signing_keys()]

    @property
    def signs(self) -> bool:
        """Whether a signing key was made already; looking makes none."""
        return any(begin_in(one.name) is not None for one in self._directory.iterdir())

    def rotate(self) -> tuple[SigningKey, datetime]:
        """Make the next signing key, published at once; the key, and from when on it signs.

        Raises:
            KeyTrouble: the last rotation has not ended yet, or it cannot be made.
        """
        now, turns = self._clock(), self._turns(anew=True)
        last = turns[-1]
        if last.begin > now:
            raise KeyTrouble(
                f"a key that signs from {last.begin.isoformat()} is published already; wait until"
                " then"
            )
        begin = (now + PUBLISHED_BEFORE).replace(microsecond=0)
        name = name_of(begin)
        self._retire(last.key, end=begin + CHECKED_AFTER)
        make(self._directory / name, fresh_pem(), within=self._directory)
        return self._turns(anew=True)[-1].key, begin

    def clear_retired(self) -> list[str]:
        """Destroy the private halves of keys that are believed no more; which they were.

        Raises:
            KeyTrouble: one cannot be removed.
        """
        now, turns = self._clock(), self._turns(anew=True)
        gone = [one for one in turns if (end := ends(turns, one)) is not None and end <= now]
        try:
            for one in gone:
                (self._directory / one.name).unlink(missing_ok=True)
            if gone:
                sync(self._directory)
        except OSError:
            raise KeyTrouble(
                f"{self._directory} cannot be cleared; give it to the hub's user"
            ) from None
        return [one.key.kid for one in gone]

    def retired_jwks(self) -> list[dict[str, object]]:
        """Public halves of keys that sign no more, `exp` the end of their belief.

        Raises:
            KeyTrouble: one cannot be read.
        """
        try:
            files = sorted((self._directory / _RETIRED).glob("*.json"))
            found = [json.loads(file.read_text("utf-8")) for file in files]
        except (OSError, ValueError):
            raise KeyTrouble(
                f"{self._directory / _RETIRED} cannot be read; restore it from the backup"
            ) from None
        now = self._clock().timestamp()
        return [one for one in found if isinstance(one["exp"], int) and one["exp"] <= now]

    def _retire(self, key: SigningKey, *, end: datetime) -> None:
        """Keep a public half, before the next key is there: nothing signed is ever without."""
        jwk = key.jwk | {"exp": int(end.timestamp())}
        path = self._directory / _RETIRED / f"{key.kid}.json"
        make(path, json.dumps(jwk).encode(), within=self._directory)

    def _turns(self, *, anew: bool = False) -> Sequence[Turn]:
        """Signing keys in order; the directory is looked at once a second at most."""
        at = time.monotonic()
        if self._known_turns and not anew and at - self._looked < _LOOK_AGAIN_S:
            return self._known_turns
        try:
            names = [one.name for one in self._directory.iterdir()]
        except OSError:
            if self._known_turns:
                return self._known_turns
            raise KeyTrouble(
                f"{self._directory} cannot be read; give it to the hub's user"
            ) from None
        begins = {name: begin for name in names if (begin := begin_in(name)) is not None}
        if {one.name for one in self._known_turns} != begins.keys() or not begins:
            pems = {name: self._get(name, fresh_pem) for name in begins or (_FIRST_SIGNING,)}
            self._known_turns = sorted(
                (_turn(name, pem) for name, pem in pems.items()), key=lambda one: one.begin
            )
        self._looked = at
        return self._known_turns

    def faults(self) -> list[str]:
        """What is wrong with the directory and the long-lived files, each with its remedy."""
        try:
            files = [one for one in sorted(self._directory.iterdir()) if one.suffix in _SUFFIXES]
            folders = [self._directory, *sorted((self._directory / "days").glob("*"))]
        except OSError:
            return [f"{self._directory} cannot be read; give it to the hub's user"]
        found = [fault for one in folders for fault in faults_of(one, 0o700)]
        found += [fault for one in files for fault in faults_of(one, 0o600)]
        if not os.access(self._directory, os.W_OK | os.X_OK):
            found.append(f"{self._directory} cannot be written; chmod 0700 {self._directory}")
        if self._is_full():
            found.append(f"{self._directory} has no room; make room on its disk")
        return found

    def _is_full(self) -> bool:
        room = os.statvfs(self._directory)
        return room.f_blocks > 0 and room.f_bavail * room.f_frsize < _ROOM

    def _get(self, name: str, fresh: Callable[[], bytes]) -> bytes:
        known = self._known.get(name)
        if known is None:
            path = self._directory / name
            known = read(path)
            if known is None:
                make(path, fresh(), within=self._directory)
                known = read(path)
            if known is None:
                raise KeyTrouble(f"{path} was removed at once; look who clears the directory")
            self._known[name] = known
        return known

    def _forget_destroyed(self, purpose: str) -> None:
        """A day's key that another process destroyed must not live on here."""
        for name in [one for one in self._known if one.startswith(f"days/{purpose}/")]:
            if not (self._directory / name).exists():
                del self._known[name]


@lru_cache(256)
def _day_path(purpose: str, day: date) -> str:
    return f"days/{purpose}/{day.isoformat()}.key"


def _fresh_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def _turn(name: str, pem: bytes) -> Turn:
    begin = begin_in(name)
    if begin is None:
        raise KeyTrouble(f"{name} is no signing key's name; remove it")
    try:
        return Turn(begin, signing_key(pem))
    except NoSigningKey as trouble:
        raise KeyTrouble(f"{name} {trouble}") from None


def _machine_time() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
