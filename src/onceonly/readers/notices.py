"""Notices out of their files, one each; the file's name is the notice's."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from onceonly.domain.catalogue import Title
from onceonly.domain.notices import KINDS, Notice
from onceonly.readers.documents import LawFault, Members, document

FOLDER = "notices"


def notices_of(
    contents: Iterable[tuple[str, bytes]], kinds: Collection[str], faults: list[LawFault]
) -> Mapping[str, Notice]:
    """Every notice by its id; `kinds` are the office kinds there are."""
    found: dict[str, Notice] = {}
    for name, content in contents:
        opened = document(name, content, faults)
        if opened is None:
            continue
        one = _notice(opened, kinds)
        if name != f"{FOLDER}/{one.id}.yaml":
            opened.fault("id", "is not the file's name", "name the file after the notice")
        found[one.id] = one
    return found


def _notice(opened: Members, kinds: Collection[str]) -> Notice:
    id_, kind = opened.text("id"), opened.word("kind", KINDS, "kind")
    texts, valid_from = opened.title("texts"), opened.day("valid_from")
    if valid_from is None:
        opened.fault("valid_from", "is missing", "add the first day it may be shown")
    notice = Notice(
        id=id_,
        kind=kind,
        texts=texts,
        hash=_hash(id_, kind, texts),
        valid_from=valid_from or date.max,
        valid_to=opened.day("valid_to"),
        provider_kinds=opened.words("provider_kinds", kinds, "office kind"),
        special_categories=opened.flag("special_categories"),
    )
    if notice.valid_to is not None and notice.valid_to < notice.valid_from:
        opened.fault("valid_to", "lies before valid_from", "mend one of them")
    opened.close()
    return notice


def _hash(id_: str, kind: str, texts: Title) -> str:
    """Of what was read, whatever becomes of its days. Texts alone: this is RFC 8785 already."""
    read = {"id": id_, "kind": kind, "texts": {"de": texts.de, "en": texts.en}}
    form = json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(form.encode()).hexdigest()
