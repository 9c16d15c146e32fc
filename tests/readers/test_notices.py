"""Notices: what ships says what the law wants said, and is bound by its hash."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from onceonly.domain.notices import Notice
from onceonly.domain.rules import Law, Mode
from onceonly.readers.rules import read_law
from readers.test_rules import change, faults_of, folder

__all__ = ["folder"]

SHIPPED = {
    *("wahl-67f-v1", "wahl-67f-abh-v1"),
    *("einwilligung-v1", "einwilligung-gesundheit-v1", "einwilligung-abh-v1"),
}


def test_five_notices_ship_and_each_says_before_what_it_is_read(law: Law) -> None:
    assert law.notices.keys() == SHIPPED
    for one in law.notices.values():
        assert one.kind == ("choice" if one.id.startswith("wahl") else "consent")


def test_the_hash_is_of_exactly_what_is_shown(law: Law) -> None:
    for one in law.notices.values():
        texts = {"de": one.texts.de, "en": one.texts.en}
        shown: dict[str, Any] = {"id": one.id, "kind": one.kind, "texts": texts}
        assert one.hash == hashlib.sha256(rfc8785.dumps(shown)).hexdigest()


def test_a_comma_more_is_another_hash_and_another_last_day_is_not(folder: Path) -> None:
    before = read_law(folder).notices["wahl-67f-v1"]

    change(
        folder, "notices/wahl-67f-v1.yaml", "kind: choice", 'kind: choice\nvalid_to: "2027-01-31"'
    )
    lapsing = read_law(folder).notices["wahl-67f-v1"]
    change(folder, "notices/wahl-67f-v1.yaml", "Erst ansehen, dann", "Erst ansehen dann")
    changed = read_law(folder).notices["wahl-67f-v1"]

    assert lapsing == replace(before, valid_to=lapsing.valid_to)
    assert changed.hash != before.hash


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("hat keine Folgen", "has no consequence"),
        ("selbst einreichen|reichen Sie den Nachweis selbst ein", "hand the|hand it|in yourself"),
        ("§§ 60, 65, 66 SGB I", "§§ 60, 65, 66 SGB I"),
        ("nach einem schriftlichen Hinweis und einer angemessenen Frist", "a reasonable period"),
    ],
)
def test_every_notice_says_what_refusing_means_and_threatens_nobody(
    law: Law, german: str, english: str
) -> None:
    for one in law.notices.values():
        assert any(words in one.texts.de for words in german.split("|")), one.id
        assert any(words in one.texts.en for words in english.split("|")), one.id


def test_a_consent_is_told_to_be_revocable_and_to_end(law: Law) -> None:
    consents = [one for one in law.notices.values() if one.kind == "consent"]

    for one in consents:
        for words in ("jederzeit widerrufen", "ohne Gründe", "zwölf Monaten", "übermittelt"):
            assert words in one.texts.de, (one.id, words)


def test_only_the_health_notice_asks_for_two_ticks(law: Law) -> None:
    special = [one for one in law.notices.values() if one.special_categories]

    assert [one.id for one in special] == ["einwilligung-gesundheit-v1"]
    assert "von der Schweigepflicht" in special[0].texts.de


def _warned(notice: Notice) -> bool:
    return "erfährt die Ausländerbehörde" in notice.texts.de


def test_whoever_asks_the_auslaenderbehoerde_by_the_persons_act_must_have_warned_them(
    law: Law,
) -> None:
    acts = [
        mode
        for row in law.rules
        if "auslaenderbehoerde" in row.providers and row.via_hub
        for mode in row.modes
        if mode.mode in (Mode.CHOICE, Mode.CONSENT)
    ]

    assert acts
    assert all(_warned(law.notices[one.notice or ""]) for one in acts)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("kind: choice", "kind: chance", "kind"),
        ("  en: |", "  fr: |", "en"),
        ('"2024-07-24"', '"2024-07-32"', "valid_from"),
        ("id: wahl-67f-v1", "id: wahl-67f-v2", "id"),
        ("kind: choice", "kind: choice\nsorted: yes", "sorted"),
        ("kind: choice", 'kind: choice\nvalid_to: "2024-01-01"', "valid_to"),
        ("kind: choice", "kind: choice\nprovider_kinds: [moon]", "provider_kinds"),
    ],
)
def test_slips_of_the_pen_are_named(folder: Path, old: str, new: str, where: str) -> None:
    change(folder, "notices/wahl-67f-v1.yaml", old, new)

    assert where in {one.path.rpartition(".")[2] for one in faults_of(folder)}


def test_a_row_cannot_ask_for_a_notice_that_is_not_there(folder: Path) -> None:
    (folder / "notices" / "wahl-67f-abh-v1.yaml").unlink()

    assert [one.path for one in faults_of(folder)] == ["wahl-67f-abh-v1"]
