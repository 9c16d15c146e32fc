"""Opaque cursors: where a page ended, for one office only, and nobody can make one up."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from uuid import UUID

from onceonly.security.names import Names

_ID_BYTES, _MARK_BYTES = 16, 14


class Cursors:
    """Makes cursors and reads them again."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def make(self, last: UUID, office: str) -> str:
        """The cursor behind an id, for the office's own eyes."""
        return urlsafe_b64encode(last.bytes + self._mark(last, office)).decode()

    def open(self, cursor: str, office: str) -> UUID | None:
        """The id a cursor stands behind; None when it is not one of this office's."""
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii"))
        except ValueError:
            return None
        if len(raw) != _ID_BYTES + _MARK_BYTES:
            return None
        last = UUID(bytes=raw[:_ID_BYTES])
        # As text: base64 leaves room for several spellings of the same bytes.
        made = self.make(last, office)
        return last if compare_digest(cursor.encode(), made.encode()) else None

    def _mark(self, last: UUID, office: str) -> bytes:
        return self._names.keyed_hash("cursor", last.bytes + office.encode())[:_MARK_BYTES]
