"""What a trial found, for people and for machines.

Of an answer it tells the status, members and sizes, never a value; so it names nobody.
"""

from dataclasses import dataclass
from typing import ClassVar

from onceonly.conformance.checks import GATES, Came, Check, DoesNotApply, LeftOut

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `result`: held, broken, left-out, does-not-apply."""

    check: Check
    result: str
    came: tuple[str, ...] = ()
    why: str = ""
    follows: str = ""

    @classmethod
    def of(cls, check: Check, came: Came) -> "Finding":
        """The finding that a check's outcome makes."""
        match came:
            case LeftOut(why, follows):
                return cls(check, "left-out", why=why, follows=follows)
            case DoesNotApply(why):
                return cls(check, "does-not-apply", why=why)
            case _:
                return cls(check, "broken" if came else "held", tuple(came))

    @property
    def broken(self) -> bool:
        """The provider is not as it should be."""
        return self.result == "broken"

    def lines(self) -> list[str]:
        """As people read it."""
        lines = [f"  {_MARKS[self.result]:<9} {self.check.says}"]
        if self.why:
            return [*lines, f"            {self.why}"]
        if self.broken:
            lines.append(f"            expected  {self.check.expected}")
            lines += [f"            came      {one}" for one in self.came[:_MOST_TOLD]]
            if len(self.came) > _MOST_TOLD:
                lines.append(
                    f"            and       {len(self.came) - _MOST_TOLD} more of the kind"
                )
            lines.append(f"            do        {self.check.do}  ({self.check.name})")
        return lines

    def as_json(self) -> dict[str, object]:
        """As machines read it."""
        told: dict[str, object] = {
            "check": self.check.name,
            "says": self.check.says,
            "result": self.result,
        }
        if self.broken:
            told |= {"expected": self.check.expected, "came": list(self.came), "do": self.check.do}
        return told | ({"why": self.why} if self.why else {})


_MARKS = {"held": "holds", "broken": "BROKEN", "left-out": "left out", "does-not-apply": "–"}


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one trial."""

    WORDS: ClassVar = {
        "passed": "It passes: a hub can ask it.",
        "incomplete": "Nothing is broken, but it has not passed: name in the file what was left out.",
        "failed": "It does not pass yet.",
    }

    findings: tuple[Finding, ...]
    authenticated_by: tuple[str, ...] = ("bearer",)
    """What the hub was believed by: `bearer`, `certificate`, both, or nothing."""

    @property
    def verdict(self) -> str:
        """passed, incomplete or failed."""
        results = {one.result for one in self.findings}
        if "broken" in results:
            return "failed"
        return "incomplete" if "left-out" in results else "passed"

    def count(self, result: str) -> int:
        """How many checks ended so."""
        return sum(one.result == result for one in self.findings)

    def summary(self) -> str:
        """In a few sentences."""
        counts = (
            f"{len(self.findings)} checks: {self.count('held')} hold, {self.count('broken')} broken,"
            f" {self.count('left-out')} left out, {self.count('does-not-apply')} do not apply."
        )
        shut = next((one.follows for one in self.findings if one.follows in GATES), "")
        rest = f" Until `{shut}` holds, nothing after it can be told." if shut else ""
        believed = " and ".join(self.authenticated_by)
        by = f" The hub authenticated by {believed}." if believed else ""
        return f"{counts}{rest}{by} {self.WORDS[self.verdict]}"

    def as_json(self, url: str) -> dict[str, object]:
        """As machines read it."""
        return {
            "url": url,
            "verdict": self.verdict,
            "authenticated_by": list(self.authenticated_by),
            "checks": [one.as_json() for one in self.findings],
        }
