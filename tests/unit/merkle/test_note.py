"""Signed notes, checkpoints and offline proofs, against a published vector and against forgers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.merkle.bundle import LogProof, Unproven
from onceonly.merkle.note import Checkpoint, Signer, Unsigned, VerifierKey, open_note
from onceonly.merkle.proof import inclusion_spans
from onceonly.merkle.tiles import hash_of
from onceonly.merkle.tree import EMPTY_ROOT, leaf_hash, root_of

# The note that Go's implementation is documented with.
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    f"{TEXT}\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = Signer.of("hub.example/log/1", bytes(range(32)))
OTHER = Signer.of("hub.example/log/2", bytes(range(32)))
LEAVES = [leaf_hash(bytes([n])) for n in range(11)]
HEAD = Checkpoint(LOG.name, len(LEAVES), root_of(LEAVES))


def a_proof(index: int = 3) -> LogProof:
    spans = inclusion_spans(index, len(LEAVES))
    path = tuple(hash_of(one, {(0, 0): LEAVES}) for one in spans)
    return LogProof(index, path, LOG.sign(HEAD.text()))


def test_the_published_note_opens_with_the_published_key() -> None:
    key = VerifierKey.parse(KEY)

    assert key.line() == KEY
    assert open_note(NOTE, key) == TEXT


def test_the_published_note_with_another_signature_beside_opens_too() -> None:
    beside = NOTE + LOG.sign(TEXT).split("\n\n")[1]

    assert open_note(beside, VerifierKey.parse(KEY)) == TEXT
    assert open_note(beside, LOG.verifier) == TEXT


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_no_letter_of_a_note_can_be_changed(place: int, letter: str) -> None:
    changed = NOTE[:place] + letter + NOTE[place + 1 :]

    if changed != NOTE:
        with pytest.raises(Unsigned):
            open_note(changed, VerifierKey.parse(KEY))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        f"{TEXT}\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("— ", "- "),
        "\n" + NOTE.split("\n\n")[1],
    ],
)
def test_what_is_no_note_does_not_open(note: str) -> None:
    with pytest.raises(Unsigned):
        open_note(note, VerifierKey.parse(KEY))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "PeterNeumann",
        KEY.replace("c74f20a3", "c74f20a4"),
        KEY.replace("Peter", "Paul"),
        KEY[:-4],
        KEY.replace("+ARpc", "+Bhpc"),
        "a b+c74f20a3+ARpc",
    ],
)
def test_what_is_no_key_is_not_read(line: str) -> None:
    with pytest.raises(ValueError, match="key"):
        VerifierKey.parse(line)


def test_a_name_with_a_space_or_a_plus_signs_nothing() -> None:
    for name in ("", "a b", "a+b", "a\u00a0b"):
        with pytest.raises(ValueError, match="name"):
            Signer.of(name, bytes(32))


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    assert Checkpoint.opened(LOG.sign(HEAD.text()), LOG.verifier) == HEAD
    extended = HEAD.text() + "an extension\n"
    assert Checkpoint.opened(LOG.sign(extended), LOG.verifier) == HEAD


def test_a_checkpoint_of_another_log_or_signer_is_not_this_ones() -> None:
    with pytest.raises(Unsigned, match="no signature"):
        Checkpoint.opened(OTHER.sign(HEAD.text()), LOG.verifier)
    with pytest.raises(Unsigned, match="another log"):
        Checkpoint.opened(OTHER.sign(HEAD.text()), OTHER.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\nAAAA\n",
        "a\n-1\nAAAA\n",
        f"a\n1\n{HEAD.text().split()[2]}",
        "a\n1\nAAAA\n",
        f"a\n1\n{HEAD.text().split()[2]}\n\n",
        f"a\n\u0661\n{HEAD.text().split()[2]}\n",
    ],
)
def test_what_is_no_checkpoint_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"checkpoint|base64|padding"):
        Checkpoint.parse(text)


@pytest.mark.parametrize("index", range(len(LEAVES)))
def test_a_proof_holds_for_its_leaf_and_no_other(index: int) -> None:
    proof = LogProof.parse(a_proof(index).text())

    assert proof == a_proof(index)
    assert proof.verify(LEAVES[index], LOG.verifier) == HEAD
    with pytest.raises(Unproven, match="path"):
        proof.verify(LEAVES[index - 1], LOG.verifier)
    with pytest.raises(Unproven, match="checkpoint"):
        proof.verify(LEAVES[index], OTHER.verifier)


def test_extra_data_of_a_proof_is_passed_over() -> None:
    text = a_proof().text().replace("\nindex", "\nextra QUJD\nindex")

    assert LogProof.parse(text) == a_proof()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1\n*\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 1",
    ],
)
def test_what_is_no_proof_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"proof|base64"):
        LogProof.parse(text)


def test_an_empty_log_has_a_head() -> None:
    empty = Checkpoint(LOG.name, 0, EMPTY_ROOT)

    assert Checkpoint.opened(LOG.sign(empty.text()), LOG.verifier) == empty
