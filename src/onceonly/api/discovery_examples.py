"""What a discovery answers, but for the decisions it shows: shown in the document."""

from typing import Any

CANDIDATE_EXAMPLE: dict[str, Any] = {
    "fact": "sgb2-28-grundleistung",
    "evidence_type": "ben.sgb2",
    "profile": "P0",
    "person": "p1",
    "acts": [["p1"]],
}
UNIT_EXAMPLE: dict[str, Any] = {
    "code": "bedarfsgemeinschaft",
    "title": {"de": "Bedarfsgemeinschaft", "en": "Benefit community"},
    "law": ["§ 7 (3) SGB II", "§ 7 (3a) SGB II", "§ 38 (2) SGB II"],
    "persons": [{"person": "p1", "belongs": "member", "doubt": None}],
}
