"""The file about a provider: what is wrong with it is named with its line, and nobody is quoted."""

import pytest

from conformance.vendor import EXAMPLE as PROVIDER
from conformance.vendor import provider
from onceonly.conformance.about import EXAMPLE, AboutFaults, read_about
from onceonly.domain.rules import Law

SHIPPED = EXAMPLE.read_text("utf-8")


def test_the_shipped_file_is_about_the_people_of_the_example(law: Law) -> None:
    files = provider.Files(PROVIDER / "people.json")
    about = read_about(SHIPPED, law)

    found = {name: len(files.about(one.asked([]))) for name, one in about.people.items()}

    assert found == dict.fromkeys(about.people, 1) | {"ambiguous": 2}


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("office_kind: jobcenter", "office_kind: bakery", "6: office_kind: is no kind of office"),
        ("timeout_s: 5 ", "timeout_s: 31 ", "7: timeout_s: Input should be less than"),
        ("procedure: but.sgb2", "procedure: but.none", "9: asking.procedure: is no procedure"),
        ("type: ben.sgb2", "type: ben.none", "13: evidence[0].evidence_type: is no evidence type"),
        ("P2, P3]", "P2, P9]", "14: evidence[0].profiles[3]: is no profile"),
        ("person: known", "person: other", "15: evidence[0].person: is nobody of `people`"),
        ("from: 2026-04", "from: 2026-13", "16: evidence[0].months.from: String should match"),
        ("from: 2026-04", "from: 2027-04", "16: evidence[0].months: ends before it begins"),
        ("1988-04-17", "17.04.1988", "people.known.date_of_birth: is no day"),
        ("1979-00-00", "1979-00-12", "people.half_dated.date_of_birth: is no day"),
        ("given_names: [Suryamuster]", "given_names: []", "people.one_name: has no name"),
        ("office_kind: jobcenter", "", "office_kind: Field required"),
        ("municipality:", "kreis:", "kreis: Extra inputs are not permitted"),
        ("place_of_birth: Izmir", "Izmir: born", "people.known.Izmir: Extra inputs"),
    ],
)
def test_a_fault_is_told_with_its_line(law: Law, good: str, bad: str, fault: str) -> None:
    assert good in SHIPPED

    with pytest.raises(AboutFaults) as caught:
        read_about(SHIPPED.replace(good, bad, 1), law)

    assert fault in str(caught.value)


@pytest.mark.parametrize("text", ["", "[", "people: {known: 1}", "- a", "a: 1\na: 2", "\0"])
def test_what_is_no_such_file_is_a_fault(law: Law, text: str) -> None:
    with pytest.raises(AboutFaults):
        read_about(text, law)


def test_a_fault_does_not_quote_what_was_given(law: Law) -> None:
    with pytest.raises(AboutFaults) as caught:
        read_about(SHIPPED.replace("given_names: [Ayşe]", "given_names: Ayşe-Geheim"), law)

    assert "Geheim" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
