"""What can go wrong, grouped by who must act next.

* HubError
  + CallerError             the caller must change the call
    - NotFound              nothing there, or not yours: the two look alike on purpose
    - Gone                  it was there, and is destroyed
    - Invalid               it reads, but a member breaks a rule
    - UnknownCode           a code that no catalogue or municipality file knows
    - ChoiceOfProvider      several offices could answer; the caller must name one
    - ChoiceNeedsElectronicProcedure  a choice on the office channel (§ 67f SGB X)
    - OutOfTurn             the thing is not in a state that allows this
    - NotSequenced          an entry of the log has no position yet
    - IdempotencyKeyMissing no usable key
    - IdempotencyMismatch   the key belongs to another body
    - Unauthenticated       no token, or one that is not valid
    - InsufficientScope     the client may not do this
    - InsufficientTrustLevel  the citizen's provider is not sure enough of them
    - NotYoursToGive        the person may not look at this, or decide about it
    - MalformedJson         the body is not JSON
  + NotNow                  nobody did wrong; the caller may come back
    - LogUnavailable        it could not be put on record, so it did not happen
    - Busy                  too many calls are under way
    - Stopping              the process is about to end
    - TooManyRequests       more than the client's share
* ProviderError             the provider must act; ends as the state of a retrieval
    - ProviderUnavailable   no answer in time, 429 or 5xx
    - ProviderRefused       it answered no
    - ProviderUnreadable    its answer breaks the provider protocol

Anything else that escapes is a bug of ours and becomes a bare 500. What the law refuses is no
error: it is a `Decision`.

Messages are shown to callers: they name codes and members, never a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One member that breaks a rule: where (JSON Pointer as URI fragment) and what; never its value."""

    pointer: str
    detail: str


class HubError(Exception):
    """Something the caller is told, by its kind."""

    kind: ClassVar[str]
    title: ClassVar[str]


class CallerError(HubError):
    """The call must change before it can succeed."""


class NotFound(CallerError):
    """Nothing there, or not yours: the two look alike on purpose."""

    kind = "not-found"
    title = "There is nothing here for you."


class Gone(CallerError):
    """It was there, and is destroyed."""

    kind = "gone"
    title = "The evidence was destroyed; ask anew if it is still needed."


class Invalid(CallerError):
    """It reads, but members break rules; all of them are named at once."""

    kind = "invalid"
    title = "Members of the call break a rule."

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} members break a rule")
        self.faults = tuple(faults)


class UnknownCode(Invalid):
    """Codes that no catalogue and no municipality file knows."""

    kind = "unknown-code"
    title = "A code is unknown here."


class ChoiceNeedsElectronicProcedure(Invalid):
    """A choice on the office channel. Source: § 67f (1) SGB X."""

    kind = "choice-needs-electronic-procedure"
    title = "A choice is made in an electronic procedure, not at the office."


class ChoiceOfProvider(CallerError):
    """Several offices could answer; `choices` are their codes, `pointers` where one is missing."""

    kind = "choice-of-provider"
    title = "Several offices could answer; name one of them."

    def __init__(self, choices: Iterable[str], *pointers: str) -> None:
        super().__init__("several offices could answer")
        self.choices = tuple(dict.fromkeys(choices))
        self.pointers = pointers


class OutOfTurn(CallerError):
    """The thing is in a state that does not allow this."""

    kind = "out-of-turn"
    title = "The state does not allow this."

    def __init__(self, state: str) -> None:
        super().__init__(f"not in state {state}")
        self.state = state


class NotSequenced(CallerError):
    """An entry has no position yet, so nothing can be proven of it; it has one within a second."""

    kind = "not-sequenced"
    title = "The entry has no position in the log yet; try again in a second."
    retry_after_s: ClassVar[int] = 1


class IdempotencyKeyMissing(CallerError):
    """No usable Idempotency-Key."""

    kind = "idempotency-key-missing"
    title = "Send an Idempotency-Key of 1 to 255 visible ASCII characters."


class IdempotencyMismatch(CallerError):
    """The key belongs to another body."""

    kind = "idempotency-mismatch"
    title = "This Idempotency-Key was used with another body; use a new key."


class Unauthenticated(CallerError):
    """No token, or none that is valid here and now."""

    kind = "unauthenticated"
    title = "Send a valid access token."


class InsufficientScope(CallerError):
    """The token is good, but not for this; `scopes` would be, where scopes are what is lacking."""

    kind = "insufficient-scope"
    title = "The client's role or the token's scope does not cover this."

    def __init__(self, *scopes: str) -> None:
        super().__init__(*scopes)
        self.scopes = scopes


class InsufficientTrustLevel(CallerError):
    """A citizen's token is good, but its provider is not sure enough of them for this."""

    kind = "insufficient-trust-level"
    title = "Log in again at a higher level of assurance."


class NotYoursToGive(CallerError):
    """The person named may neither look at this nor decide about it."""

    kind = "not-yours-to-give"
    title = "Only who chose, or may act for the person, looks and decides."


class MalformedJson(CallerError):
    """The body is not JSON."""

    kind = "malformed-json"
    title = "The body is not JSON."


class NotNow(HubError):
    """Nobody did wrong, and nothing was asked; the caller may come back."""

    retry_after_s: ClassVar[int] = 1


class LogUnavailable(NotNow):
    """It could not be put on record, so it did not happen."""

    kind = "log-unavailable"
    title = "It could not be put on record, so nothing was asked. Try again."


class Busy(NotNow):
    """Too much is under way; nothing was recorded and nobody asked."""

    kind = "busy"
    title = "Too many questions are under way. Try again."


class Stopping(NotNow):
    """The process is about to end; another one serves."""

    kind = "stopping"
    title = "This process is stopping. Try again."


class TooManyRequests(NotNow):
    """More calls than the client's share."""

    kind = "too-many-requests"
    title = "Too many calls. Try again later."


class ProviderError(Exception):
    """The provider must act; `problem` is what its retrieval ends with, `asked` whether it heard."""

    problem: ClassVar[str]
    asked = True


class ProviderUnavailable(ProviderError):
    """No answer in time, 429 or 5xx; or not `asked`, as it seems dead or full, or TLS has no files."""

    problem = "provider-unavailable"

    def __init__(self, *words: str, asked: bool = True) -> None:
        super().__init__(*words)
        self.asked = asked


class ProviderRefused(ProviderError):
    """It answered no; `reason` is from its closed list."""

    problem = "provider-refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderUnreadable(ProviderError):
    """Its answer breaks the provider protocol."""

    problem = "provider-unreadable"
