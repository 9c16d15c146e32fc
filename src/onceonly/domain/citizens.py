"""Citizens: persons who call with a token of their own, and how sure their provider is of them."""

from dataclasses import dataclass

from onceonly.domain.persons import Person

LEVELS = ("basis", "substantiell", "hoch")
"""How sure an identity provider is, weakest first. Source: eIDAS, Art. 8 (2)."""

ACTS_AT = "substantiell"
"""What previews, use decisions, consents and withdrawals need. Source: contract, 3."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """Who a token vouches for: `person` as it names them (its `ref` and `role` say nothing)."""

    level: str
    person: Person

    def trusted_for(self, level: str) -> bool:
        """Whether the provider is sure enough of them."""
        return LEVELS.index(self.level) >= LEVELS.index(level)
