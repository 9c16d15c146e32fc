"""Who may come in: assertions become access tokens, access tokens become callers."""

from collections.abc import Sequence
from dataclasses import dataclass

from onceonly.domain.errors import Unauthenticated
from onceonly.security.citizens import peek_issuer, verify_citizen
from onceonly.security.jose import InvalidToken
from onceonly.security.tokens import peek_client, verify_assertion
from onceonly.store import access
from onceonly.usecases.world import Caller, Visitor, World


class AccessRefused(Exception):
    """A token request is refused. `error` is of RFC 6749, 5.2; `why` names the failed check.

    `own` are the client's scopes, where it asked for others.
    """

    def __init__(self, error: str, why: str, *, own: tuple[str, ...] = ()) -> None:
        super().__init__(f"{error}: {why}")
        self.error = error
        self.why = why
        self.own = own


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token and what it is good for."""

    token: str
    scopes: tuple[str, ...]


async def grant(
    assertion: str, world: World, *, client_id: str | None, scopes: Sequence[str] | None
) -> Granted:
    """Exchange a client's assertion for an access token, once.

    Raises:
        AccessRefused: the client is unknown, the assertion is not valid or was used, or the
            scope is not the client's.
        LogUnavailable: the assertion's use could not be recorded; it may be used again.
    """
    now = world.clock()
    try:
        claimed = peek_client(assertion)
    except InvalidToken as invalid:
        raise AccessRefused("invalid_client", invalid.why) from None
    if client_id is not None and client_id != claimed:
        raise AccessRefused("invalid_client", "form")
    caller = world.snapshots.caller(claimed, frozenset())
    if caller is None:
        raise AccessRefused("invalid_client", "key")
    try:
        verified = verify_assertion(assertion, client=caller.client, issuer=world.issuer, now=now)
    except InvalidToken as invalid:
        raise AccessRefused("invalid_client", invalid.why) from None
    own = caller.client.scopes
    wanted = tuple(own if scopes is None else dict.fromkeys(scopes))
    if not wanted or not set(wanted) <= set(own):
        raise AccessRefused("invalid_scope", "scope", own=tuple(own))
    async with world.database.within(caller.municipality) as connection:
        fresh = await access.use_assertion(
            connection,
            client_id=verified.client_id,
            jti=verified.jti,
            expires_at=verified.expires_at,
        )
    if not fresh:
        raise AccessRefused("invalid_client", "replay")
    return Granted(world.tokens.issue(client_id=claimed, scopes=wanted, now=now), wanted)


def caller_of(token: str, world: World) -> Caller:
    """Who holds an access token.

    Raises:
        Unauthenticated: it is not ours, not valid any more, or its client was switched off.
    """
    try:
        access_ = world.tokens.verify(token, world.clock())
    except InvalidToken:
        raise Unauthenticated from None
    caller = world.snapshots.caller(access_.client_id, access_.scopes)
    if caller is None:
        raise Unauthenticated
    return caller


def visitor_of(token: str, world: World) -> Visitor:
    """Which citizen holds a token of a configured identity provider.

    Raises:
        Unauthenticated: no file names its issuer and audience, or it is not valid here and now.
    """
    try:
        vouching = world.snapshots.vouching(*peek_issuer(token))
        if vouching is None:
            raise Unauthenticated
        municipality, provider = vouching
        return Visitor(municipality, verify_citizen(token, provider, now=world.clock()))
    except InvalidToken:
        raise Unauthenticated from None


def whoever(token: str, world: World) -> Caller | Visitor:
    """Whose token it is: a client's of this hub, or a citizen's.

    Raises:
        Unauthenticated: neither's, or not valid here and now.
    """
    try:
        issuer, _ = peek_issuer(token)
    except InvalidToken:
        raise Unauthenticated from None
    return caller_of(token, world) if issuer == world.issuer else visitor_of(token, world)
