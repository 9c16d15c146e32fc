"""Builders for decisions: people, requests, a municipality, and a small law that exists nowhere."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from onceonly.domain.calendar import Month
from onceonly.domain.decision import Decision, Facts, Question
from onceonly.domain.judge import Judged, judge
from onceonly.domain.offices import (
    Approval,
    Configuration,
    ConnectorSettings,
    DataService,
    Office,
    Origin,
    RetrievalAgreement,
)
from onceonly.domain.persons import Person, Relationship, Representation
from onceonly.domain.requests import Assertion, Choice, EvidenceRequest, Item, Justification
from onceonly.domain.rules import Law

NOW = datetime(2026, 10, 5, 9, 12, tzinfo=UTC)
TODAY = date(2026, 10, 5)
OCTOBER = Month(2026, 10)


def a_person(ref: str = "p1", role: str = "applicant", born: str = "1990-03-14", **more) -> Person:  # type: ignore[no-untyped-def]
    return Person(ref, role, f"Muster{ref}", ("Test",), born, **more)
