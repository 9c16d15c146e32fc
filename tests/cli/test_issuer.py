"""One installation has one issuer, as long as anybody uses it."""

from pathlib import Path

import pytest
import typer

from onceonly.cli.issuer import sharing_issuer


def test_a_second_process_with_another_issuer_is_told_both_and_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        sharing_issuer(tmp_path, "http://a"),
        pytest.raises(typer.Exit) as ended,
        sharing_issuer(tmp_path, "http://b"),
    ):
        pytest.fail("it began")

    assert ended.value.exit_code == 1
    said = capsys.readouterr().err
    assert "http://a" in said
    assert "http://b" in said


def test_the_same_issuer_is_shared_and_another_may_follow_when_nobody_is_left(
    tmp_path: Path,
) -> None:
    with sharing_issuer(tmp_path, "http://a"), sharing_issuer(tmp_path, "http://a"):
        pass

    with sharing_issuer(tmp_path, "http://b"):
        assert (tmp_path / "issuer").read_text() == "http://b"


def test_a_directory_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, sharing_issuer(tmp_path / "gone", "http://a"):
        pytest.fail("it began")

    assert ended.value.exit_code == 1
    assert f"{tmp_path}/gone/issuer: No such file" in capsys.readouterr().err
