"""How a call failed, and whether the failure repeats anything that the provider said."""

import pytest

from connectors.conftest import Open
from connectors.orders import an_order
from connectors.wire import AProvider, Manner
from onceonly.domain.errors import ProviderError

PRIVATE = "Erika-Geheim"
"""Stands somewhere in a bad answer, and nowhere in what is made of it."""


async def failure(connect: Open, manner: Manner) -> ProviderError:
    """The error that one call in this manner ends with; silent about the answer."""
    async with AProvider(manner) as provider:
        return await failure_of(connect, provider.url)


async def failure_of(connect: Open, url: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await connect(url).fetch(an_order())
    assert not [one for one in chain(caught.value) if quotes(one)]
    return caught.value


def chain(error: BaseException | None) -> list[BaseException]:
    """The error and everything it was raised from or during."""
    if error is None:
        return []
    return [error, *chain(error.__cause__), *chain(error.__context__)]


def quotes(error: BaseException) -> bool:
    told = repr((str(error), error, error.args, vars(error)))
    return PRIVATE in told or PRIVATE.encode().hex() in told
