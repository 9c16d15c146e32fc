"""An offline proof in one text: index, path, signed checkpoint. Source: c2sp.org/tlog-proof."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from onceonly.merkle.note import Checkpoint, Unsigned, VerifierKey
from onceonly.merkle.proof import includes
from onceonly.merkle.tree import HASH_BYTES

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (?P<index>0|[1-9]\d*)", re.ASCII)


class Unproven(Exception):
    """A proof does not hold; the message says why."""


@dataclass(frozen=True, slots=True)
class LogProof:
    """That a leaf stands at `index` in the tree of a signed checkpoint, here as its note."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    @classmethod
    def parse(cls, text: str) -> "LogProof":
        """Read a proof; its extra data, which nobody signed, are passed over.

        Raises:
            ValueError: it has not the form of one.
        """
        head, gap, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not gap or lines[0] != _HEAD:
            raise ValueError("not a proof of a transparency log")
        rest = lines[2:] if lines[1:] and lines[1].startswith("extra ") else lines[1:]
        index = _INDEX.fullmatch(rest[0]) if rest else None
        if index is None:
            raise ValueError("a proof names the index of its leaf")
        path = tuple(b64decode(one, validate=True) for one in rest[1:])
        if any(len(one) != HASH_BYTES for one in path):
            raise ValueError("a proof's path is hashes of 32 bytes")
        return cls(int(index["index"]), path, checkpoint)

    def text(self) -> str:
        """The proof as it is handed on."""
        path = "".join(f"{b64encode(one).decode()}\n" for one in self.path)
        return f"{_HEAD}\nindex {self.index}\n{path}\n{self.checkpoint}"

    def verify(self, leaf: bytes, key: VerifierKey) -> Checkpoint:
        """The checkpoint in whose tree the leaf stands.

        Raises:
            Unproven: the key did not sign it, or the path does not lead from the leaf to its root.
        """
        try:
            head = Checkpoint.opened(self.checkpoint, key)
        except Unsigned as error:
            raise Unproven(f"the checkpoint: {error}") from None
        if not includes(leaf, index=self.index, size=head.size, path=self.path, root=head.root):
            raise Unproven("the path does not lead from the leaf to the root")
        return head
