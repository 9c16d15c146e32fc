"""Notices: the texts a person read before they chose or consented, each under its hash.

Source: § 67b (2) S. 3 SGB X, § 67f (2) SGB X, Art. 13 DSGVO. The German text binds, the English
one stands beside it. A text once published never changes: another text is another notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from onceonly.domain.catalogue import Title

CHOICE = "choice"
CONSENT = "consent"
KINDS = (CHOICE, CONSENT)
"""What a notice is read before."""

UNKNOWN, LAPSED = "unknown", "lapsed"
"""What can be wrong with naming one."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One text. `hash`: SHA-256 over the RFC 8785 form of `id`, `kind` and `texts`; hex.

    `provider_kinds`: office kinds towards which no other will do. `special_categories`: its words
    are those Art. 9 DSGVO asks for. Both ends of its days are included.
    """

    id: str
    kind: str
    texts: Title
    hash: str
    valid_from: date
    valid_to: date | None = None
    provider_kinds: tuple[str, ...] = ()
    special_categories: bool = False

    def in_force_on(self, day: date) -> bool:
        """Whether it may be shown on that German day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def fault_of(notices: Mapping[str, Notice], id_: str, *, kind: str, day: date) -> str | None:
    """What is wrong with naming this notice for an act of that kind and day; None when nothing."""
    notice = notices.get(id_)
    if notice is None or notice.kind != kind:
        return UNKNOWN
    return None if notice.in_force_on(day) else LAPSED


def suits(
    notices: Mapping[str, Notice], id_: str, *, provider_kind: str | None, special: bool
) -> bool:
    """Whether its words say what must be known towards such a provider, of such data."""
    notice = notices.get(id_)
    if notice is None:
        return False
    warned = provider_kind in notice.provider_kinds or not any(
        provider_kind in one.provider_kinds and one.kind == notice.kind for one in notices.values()
    )
    return warned and (notice.special_categories or not special)
