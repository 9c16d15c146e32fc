"""Questions of the provider protocol, as the hub writes them. Source: `openapi/provider.v1.json`."""

from onceonly.conformance.about import About, Somebody
from onceonly.domain.rules import Law

_BODY = "Landkreis Musterkreis"


def question(
    about: About,
    law: Law,
    somebody: Somebody,
    *,
    evidence_type: str,
    profile: str,
    fields: list[str],
    months: tuple[str, str | None],
    reference: str,
) -> dict[str, object]:
    """One question; who asks and why only where this kind of office may know."""
    asked: dict[str, object] = {
        "reference": reference,
        "evidence_type": evidence_type,
        "profile": profile,
        "fields": fields,
        "reference_month": months[0],
        "period": {"from_month": months[0], "to_month": months[1]},
        "person": somebody.asked(list(about.match_on)),
    }
    if about.office_kind in law.public_body_only:
        return asked | {"requesting_body": "public"}
    if about.office_kind in law.named_body_only:
        return asked | {"requesting_body": {"name": _BODY, "reference": reference}}
    rule, norms = _row(about, law, evidence_type)
    return asked | {
        "consumer": about.asking.consumer,
        "procedure": about.asking.procedure,
        "rule": rule,
        "law": norms,
    }


def _row(about: About, law: Law, evidence_type: str) -> tuple[str, list[str]]:
    """The first row by which such an office gives such evidence to this procedure."""
    for row in law.rules:
        if (
            row.modes
            and evidence_type in {one.evidence_type for one in row.evidence}
            and about.office_kind in row.providers
            and about.asking.procedure in row.consumers
        ):
            return row.id, list(row.modes[0].law)
    return "R109", ["§ 67b (1) SGB X"]
