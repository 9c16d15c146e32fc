"""The environment, read once, checked whole: every offender is named at once."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

_PREFIX = "ONCEONLY_"
_SECRETS = ("DATABASE_URL", "OWNER_URL", "SEQUENCER_URL", "AUDITOR_URL")
_POSTGRES = ("postgresql://", "postgres://", "postgresql+asyncpg://")

Clock = Callable[[], datetime]


def _data_dir() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/onceonly")
    home = os.environ.get("XDG_STATE_HOME")  # noqa: TID251 -- the one reader
    return (Path(home) if home else Path.home() / ".local/state") / "onceonly"


class SettingsFault(Exception):
    """Settings are wrong; `faults` names every offender with its allowed range."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class Settings(BaseModel):
    """What the environment says. Unset addresses of the database mean the embedded one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    mode: Literal["development", "production"] = "development"
    host: str = Field(default="127.0.0.1", min_length=1, description="an address to listen on")
    port: int = Field(default=8080, ge=1, le=65535, description="1 to 65535")
    issuer: str | None = Field(default=None, description="an http(s) URL without trailing slash")
    data_dir: Path = Field(default_factory=_data_dir, description="a directory")
    keys_dir: Path | None = Field(default=None, description="a directory")
    database_url: str | None = Field(default=None, description="postgresql://user:…@host/name")
    owner_url: str | None = Field(default=None, description="postgresql://user:…@host/name")
    sequencer_url: str | None = Field(default=None, description="postgresql://user:…@host/name")
    auditor_url: str | None = Field(default=None, description="postgresql://user:…@host/name")
    trace_ratio: float = Field(default=0, ge=0, le=1, description="0 to 1; 0 is off")
    trace_url: str = Field(
        default="http://127.0.0.1:4318/v1/traces",
        description="the http(s) URL where a collector takes OTLP traces",
    )
    now: str | None = Field(default=None, description="an instant, or played@real, RFC 3339 UTC")

    @field_validator("issuer")
    @classmethod
    def _is_an_issuer(cls, value: str | None) -> str | None:
        if value is not None and (
            not value.startswith(("http://", "https://")) or value.endswith("/") or "?" in value
        ):
            raise ValueError
        return value

    @field_validator("trace_url")
    @classmethod
    def _is_a_collector(cls, value: str) -> str:
        # Whoever it belongs to must not stand in it: it is told by doctor.
        at = urlsplit(value)
        if at.scheme not in ("http", "https") or not at.hostname or at.username or at.query:
            raise ValueError
        return value

    @field_validator("database_url", "owner_url", "sequencer_url", "auditor_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(_POSTGRES):
            raise ValueError
        return value

    @field_validator("now")
    @classmethod
    def _is_an_instant(cls, value: str | None) -> str | None:
        for part in [] if value is None else value.split("@", 1):
            if not part.endswith("Z") or datetime.fromisoformat(part).tzinfo is None:
                raise ValueError
        return value

    @property
    def base_url(self) -> str:
        """The issuer, given or made of host and port; no trailing slash."""
        return self.issuer or f"http://{self.host}:{self.port}"

    @property
    def keys(self) -> Path:
        """Where the long-lived secrets lie."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def production(self) -> bool:
        """Whether every insecure combination is refused."""
        return self.mode == "production"


def read_settings(
    environment: Mapping[str, str] | None = None, *, words: Mapping[str, object] | None = None
) -> Settings:
    """Read `.env`, then the environment, then the command's own words; the later one wins.

    Raises:
        SettingsFault: something is unknown, misspelt, unreadable, out of range or insecure.
    """
    given = os.environ if environment is None else environment  # noqa: TID251 -- the one reader
    merged = {**{k: v or "" for k, v in dotenv_values(".env").items()}, **given}
    faults: list[str] = []
    values: dict[str, object] = {}
    for name, value in merged.items():
        if name.startswith(_PREFIX):
            _take(name, value, merged, values, faults)
    values |= {name: word for name, word in (words or {}).items() if word is not None}
    settings = _checked(values, faults)
    if faults or settings is None:
        raise SettingsFault(faults)
    return settings


def clock_of(settings: Settings) -> Clock:
    """The clock everything is judged by: the real one, or the played day of `ONCEONLY_NOW`.

    A bare instant is taken at the first start of the data directory and kept there.
    """
    if settings.now is None:
        return _real
    played, _, real = settings.now.partition("@")
    if not real:
        kept = settings.data_dir / "now"
        settings.data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        anchor = f"{played}@{_real().isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"
        if not kept.exists() or not kept.read_text().startswith(f"{played}@"):
            kept.write_text(anchor)
        real = kept.read_text().partition("@")[2]
    return _shifted(datetime.fromisoformat(played) - datetime.fromisoformat(real))


def _shifted(by: timedelta) -> Clock:
    return lambda: _real() + by


def _real() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 -- the clock starts here


def _take(
    name: str,
    value: str,
    given: Mapping[str, str],
    values: dict[str, object],
    faults: list[str],
) -> None:
    key = name.removeprefix(_PREFIX)
    if key.removesuffix("_FILE") in _SECRETS and key.endswith("_FILE"):
        key = key.removesuffix("_FILE")
        if _PREFIX + key in given:
            faults.append(f"{name}: {_PREFIX}{key} is set too; set one of them")
            return
        try:
            value = Path(value).read_text(encoding="utf-8-sig").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            faults.append(f"{name}: the file cannot be read as UTF-8; name a readable file")
            return
    if key.lower() not in Settings.model_fields:
        faults.append(f"{name}: unknown; known are {', '.join(known_names())}")
        return
    values[key.lower()] = value


def known_names() -> list[str]:
    """Every setting's name in the environment."""
    plain = [_PREFIX + name.upper() for name in Settings.model_fields]
    return plain + [f"{_PREFIX}{name}_FILE" for name in _SECRETS]


def _checked(values: Mapping[str, object], faults: list[str]) -> Settings | None:
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            field = str(one["loc"][0])
            allowed = Settings.model_fields[field].description or "development or production"
            faults.append(f"{_PREFIX}{field.upper()}: must be {allowed}")
        return None
    if settings.production:
        faults.extend(_insecure(settings))
    return settings


def _insecure(settings: Settings) -> list[str]:
    """What production refuses; the table is in `docs/operations.md`, one test per row."""
    urls = {
        "ONCEONLY_DATABASE_URL": settings.database_url,
        "ONCEONLY_OWNER_URL": settings.owner_url,
        "ONCEONLY_SEQUENCER_URL": settings.sequencer_url,
        "ONCEONLY_AUDITOR_URL": settings.auditor_url,
    }
    faults = [
        f"{name}: production needs it, the embedded database is for trying out"
        for name, url in urls.items()
        if url is None
    ]
    users: dict[str, str] = {}
    for name, url in urls.items():
        user = _user(url)
        if user and user in users:
            faults.append(f"{name}: has the user of {users[user]}; give each its own")
        users.setdefault(user, name)
    if settings.issuer is None or not settings.issuer.startswith("https://"):
        faults.append("ONCEONLY_ISSUER: production needs an https:// URL that callers use")
    if settings.keys_dir is None:
        faults.append("ONCEONLY_KEYS_DIR: production needs a directory of its own, backed up apart")
    if settings.now is not None:
        faults.append("ONCEONLY_NOW: production has no played day; unset it")
    return faults


def _user(url: str | None) -> str:
    return (url or "").partition("://")[2].rpartition("@")[0].partition(":")[0]
