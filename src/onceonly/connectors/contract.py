"""What every way to ask an office's system promises."""

from typing import Protocol

from onceonly.domain.retrievals import Answer, Order


class Connector(Protocol):
    """A way to ask one office's system.

    Implementations:
      - MUST be done within `timeout`, however slowly bytes come, and raise ProviderUnavailable;
      - MUST turn every other failure into a ProviderError, chained to nothing that quotes the answer;
      - MUST NOT retry: the worker does, and knows how often it already has;
      - MUST NOT follow, keep or unpack anything: no redirect, no cookie, no compression;
      - MUST NOT log, store or raise anything that was in the answer;
      - MUST NOT let bytes meant for one call reach another: a connection left half-read is closed.
    """

    @property
    def cut_off(self) -> bool:
        """Whether the system counts as dead and is tried only now and then."""
        ...

    @property
    def takes(self) -> bool:
        """Whether a call would be made by now; else `fetch` raises at once and asks nobody."""
        ...

    async def fetch(self, order: Order) -> Answer:
        """Ask once, for exactly what the order grants.

        Raises:
            ProviderUnavailable: no whole answer in time, 429 or 5xx.
            ProviderRefused: the provider answered no.
            ProviderUnreadable: the answer breaks the provider protocol.
        """
        ...

    async def alive(self) -> bool:
        """Whether the system says it is well; every failure is a no."""
        ...
