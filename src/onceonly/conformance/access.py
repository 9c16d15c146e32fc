"""Who asks: the provider believes the hub, and nobody else."""

import asyncio
from collections.abc import Callable, Mapping

from onceonly.conformance.asking import is_answer
from onceonly.conformance.checks import (
    NOBODY,
    Came,
    Check,
    DoesNotApply,
    Faults,
    Run,
    Section,
    Trial,
    about_each,
    unless,
)
from onceonly.conformance.issuer import Issuer

UNAUTHORIZED = 401
_FORBIDDEN = 403
_DISBELIEF = (UNAUTHORIZED, _FORBIDDEN)
_TOO_LONG = "x" * 12_000


async def believed(trial: Trial) -> Faults:
    """Ask about somebody who is known, in the hub's name."""
    heard = await trial.ask(trial.question(trial.someone_with(trial.offer)))
    if is_answer(heard):
        return []
    return [heard.told, *(_why_not(trial) if heard.status in _DISBELIEF else [])]


def _why_not(trial: Trial) -> Faults:
    """What tells a token that was not believed from the one that would have been."""
    issuer = trial.hub.issuer
    claims = issuer.claims()
    read = "it has read" if issuer.times_read else "it has never read"
    named = ", ".join(f"{name} {claims[name]}" for name in ("iss", "aud", "sub"))
    return [f"{read} {issuer.keys_url}", f"the token had {named}"]


async def believes_certificate_alone(trial: Trial) -> bool:
    """Whether the hub's certificate is enough, so that no token is looked at."""
    if not trial.hub.strangers:
        return False
    asked = trial.question(trial.someone_with(trial.offer))
    return is_answer(await trial.ask(asked, authorization=None))


def _by_token(run: Run) -> Run:
    """A check of tokens: where the certificate alone is believed there is none to check."""

    async def by_token(trial: Trial) -> Came:
        if await believes_certificate_alone(trial):
            return DoesNotApply("it believes the hub's certificate alone")
        return await run(trial)

    return by_token


async def _believed_again(trial: Trial) -> Faults:
    token = f"Bearer {trial.hub.issuer.token()}"
    asked = [trial.question(trial.someone_with(trial.offer)) for _ in range(3)]
    heard = [await trial.ask(one, authorization=token) for one in asked]
    return [
        f"{one.told} at call {place}" for place, one in enumerate(heard, 1) if not is_answer(one)
    ]


async def _new_key(trial: Trial) -> Faults:
    token = f"Bearer {trial.hub.issuer.by_next_key()}"
    asked = trial.question(trial.someone_with(trial.offer))
    told = ""
    for pause in trial.patience_s:
        await asyncio.sleep(pause)
        heard = await trial.ask(asked, authorization=token)
        if is_answer(heard):
            return []
        told = heard.told
    return [f"{told} for {sum(trial.patience_s):g} s"]


async def _without(trial: Trial) -> Faults:
    known = await trial.ask(trial.question(trial.someone_with(trial.offer)), authorization=None)
    unknown = await trial.ask(trial.question(NOBODY), authorization=None)
    faults = unless(known, UNAUTHORIZED) or unless(unknown, UNAUTHORIZED)
    if not faults and known.body != unknown.body:
        return ["401 with another body for a known person than for an unknown one"]
    return faults


def _refuses(made: Mapping[str, Callable[[Trial], str]], *also: int) -> Run:
    """Every one of these authorizations, each with what it is called, is answered 401."""

    async def run(trial: Trial) -> Came:
        person = trial.someone_with(trial.offer)
        said: dict[str, Faults] = {}
        for name, make in made.items():
            heard = await trial.ask(trial.question(person), authorization=make(trial))
            said[name] = unless(heard, UNAUTHORIZED, *also)
        return about_each(said)

    return _by_token(run)


def _with(**changes: object) -> Callable[[Trial], str]:
    return lambda trial: f"Bearer {trial.hub.issuer.token(**changes)}"


def _expired(trial: Trial) -> str:
    return _with(exp=int(trial.now().timestamp()) - 120)(trial)


def _by(forge: Callable[[Issuer], str]) -> Callable[[Trial], str]:
    return lambda trial: f"Bearer {forge(trial.hub.issuer)}"


WHO_ASKS = Section(
    "Who asks",
    "The token",
    (
        Check(
            "token-believed",
            "A token of the hub is believed.",
            "200",
            "401: compare `iss`, `aud` and `sub` letter by letter, your clock with the hub's, and"
            " take the signature as 64 bytes, r and s, never as DER. 404: put the people of the file"
            " into your system, their names in NFC. 3xx: answer at the base URL itself, the hub"
            " follows no redirect.",
            believed,
        ),
        Check(
            "token-again",
            "The same token is believed again while it lives.",
            "200 for each of three calls",
            "Do not count a `jti` as spent: the hub's tokens live for 60 s and serve several calls.",
            _believed_again,
        ),
        Check(
            "no-token",
            "Without a token nobody learns anything.",
            "401 with the same body, whomever the question is about",
            "Look at the token before you look at the question.",
            _by_token(_without),
        ),
        Check(
            "no-bearer",
            "What is no bearer token is refused.",
            "401",
            "Take nothing but `Authorization: Bearer` and a JWT of three parts; every failure to read"
            " it is a 401.",
            _refuses(
                {
                    "a password": lambda _: "Basic bXVzdGVyOm11c3Rlcg==",
                    "a token by another scheme": lambda trial: f"Basic {trial.hub.issuer.token()}",
                    "nothing": lambda _: "Bearer",
                    "three letters": lambda _: "Bearer a.b.c",
                    "three empty objects": lambda _: "Bearer e30.e30.e30",
                    "twelve thousand letters": lambda _: f"Bearer {_TOO_LONG}",
                },
                *(400, 413, 431),
            ),
        ),
        Check(
            "token-expired",
            "A token that has expired is refused.",
            "401",
            "Compare `exp` with your clock, a few seconds of leeway at most, and keep the clock right.",
            _refuses({"two minutes ago": _expired}),
        ),
        Check(
            "token-endless",
            "A token without an end is refused.",
            "401",
            "Require `exp`, and that it is a number.",
            _refuses({"no exp": _with(exp=None), "a word": _with(exp="tomorrow")}),
        ),
        Check(
            "token-audience",
            "A token that is meant for somebody else is refused.",
            "401",
            "Compare `aud` with your base URL as the municipality's file has it, letter by letter.",
            _refuses(
                {
                    "another aud": _with(aud="https://somebody-else.example"),
                    "no aud": _with(aud=None),
                }
            ),
        ),
        Check(
            "token-issuer",
            "A token of another issuer is refused.",
            "401",
            "Compare `iss` with the hub's issuer URL, letter by letter.",
            _refuses(
                {"another iss": _with(iss="https://another-hub.example"), "no iss": _with(iss=None)}
            ),
        ),
        Check(
            "token-municipality",
            "A question in the name of another municipality is refused.",
            "401 or 403",
            "Compare `sub` with the code of your municipality: one hub may serve several.",
            _refuses(
                {"another sub": _with(sub="another-kreis"), "no sub": _with(sub=None)}, _FORBIDDEN
            ),
        ),
        Check(
            "token-signature",
            "A token that the hub's key has not signed is refused.",
            "401",
            "Check the signature by the published key that `kid` names; take no other key.",
            _refuses(
                {
                    "another key of that name": _by(lambda one: one.by_other_key(named_alike=True)),
                    "a key nobody published": _by(lambda one: one.by_other_key(named_alike=False)),
                    "changed afterwards": _by(Issuer.changed),
                }
            ),
        ),
        Check(
            "token-algorithm",
            "A token chooses no algorithm.",
            "401",
            "Allow ES256 alone, whatever the token's header says.",
            _refuses(
                {"none": _by(Issuer.unsigned), "HS256 by the public key": _by(Issuer.by_public_key)}
            ),
        ),
        Check(
            "key-renewed",
            "A new key of the hub is found.",
            "200 within seconds",
            "When a token names a key that you do not know, read the hub's keys again, once a second"
            " at most. The hub publishes a key ten minutes before it signs by it.",
            _new_key,
        ),
    ),
)
