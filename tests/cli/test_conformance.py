"""`onceonly conformance`: a report, an exit status, and words where it is used wrongly."""

import json
import socket
from pathlib import Path
from xml.etree import ElementTree

import pytest

from authorities import Authority, put
from cli.conftest import Say
from conformance.spoiling import ANSWERS
from conformance.vendor import serving
from onceonly.conformance.about import EXAMPLE

FREE = "http://127.0.0.1:"


@pytest.fixture
def issuer() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"{FREE}{probe.getsockname()[1]}"


def test_a_provider_that_passes_ends_with_0_and_a_report_by_sections(
    bare: Say, issuer: str
) -> None:
    with serving(issuer) as url:
        said = bare("conformance", url, "--issuer", issuer)

    assert said.status == 0, said.out
    assert said.out.startswith(f"Provider {url}, asked as {issuer} for musterkreis")
    assert [line for line in said.out.splitlines() if line and line[0] not in " P1234567890"] == [
        "At the door (docs/provide.md, What you build)",
        "Who asks (docs/provide.md, The token)",
        "By which certificate (docs/provide.md, The certificate)",
        "Can it be read (docs/provide.md, On the wire)",
        "About whom (docs/provide.md, The person)",
        "What is answered (docs/provide.md, The fields)",
        "For which months (docs/provide.md, Months)",
        "How it travels (docs/provide.md, On the wire)",
    ]
    assert "It passes: a hub can ask it." in said.out


def test_a_provider_that_does_not_pass_ends_with_1_and_says_what_to_do(
    bare: Say, issuer: str
) -> None:
    with serving(issuer, spoil=ANSWERS["exact-fields"]) as url:
        said = bare("conformance", url, "--issuer", issuer, "--json")

    report = json.loads(said.out)
    (finding,) = [one for one in report["checks"] if one["check"] == "exact-fields"]
    assert said.status == 1
    assert report["verdict"] == "failed"
    assert report["url"] == url
    assert any("iban" in one for one in finding["came"])
    assert "fields" in finding["do"]


@pytest.fixture
def files(tmp_path: Path) -> Authority:
    """In the directory: the hub's certificate, its key, and the authority of both sides."""
    authority = Authority()
    authority.issue().write(tmp_path, "hub.pem", "hub-key.pem")
    put(tmp_path / "ca.pem", authority.pem)
    return authority


SHOWN = ("--certificate", "hub.pem", "--certificate-key", "hub-key.pem")


def test_a_provider_that_is_reached_by_certificates_is_told_so(
    bare: Say, issuer: str, files: Authority, tmp_path: Path
) -> None:
    tls = files.asks(tmp_path, files.issue())
    with serving(issuer, tls=tls) as url:
        said = bare("conformance", url, "--issuer", issuer, *SHOWN, "--ca", "ca.pem")
        bearer = bare("conformance", url, "--issuer", issuer, "--ca", "ca.pem", "--json")

    first, *_ = said.out.splitlines()
    assert said.status == 0, said.out
    assert first.endswith(" for musterkreis by a bearer and the certificate hub.pem")
    assert "The hub authenticated by certificate and bearer. It passes" in said.out
    assert bearer.status == 1
    assert json.loads(bearer.out)["authenticated_by"] == []
    assert "the handshake" in bearer.out, bearer.out[:600]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (SHOWN[:2], "--certificate and --certificate-key go together"),
        ((*SHOWN[:3], "open.pem"), "open.pem is open to others; chmod 0600"),
        ((*SHOWN[:3], "other.pem"), "other.pem is not the key of"),
        (("--ca", "nowhere.pem"), "nowhere.pem is not there"),
        (("--certificate", "ended.pem", "--certificate-key", "ended-key.pem"), "ended on"),
    ],
)
def test_files_for_tls_that_are_of_no_use_are_named(
    bare: Say, files: Authority, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    put(tmp_path / "open.pem", files.issue().key(), mode=0o604)
    put(tmp_path / "other.pem", files.issue().key())
    files.issue(days=-1).write(tmp_path, "ended.pem", "ended-key.pem")

    said = bare("conformance", "https://127.0.0.1:1", *words)

    assert said.status == 2
    assert why in said.err


def test_where_nobody_answers_it_says_so(bare: Say, issuer: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"{FREE}{probe.getsockname()[1]}"
    said = bare("conformance", url, "--issuer", issuer)

    assert said.status == 1
    assert "no connection" in said.out
    assert "Start it" in said.out


def test_behind_a_closed_door_nothing_is_said_of_every_check(bare: Say, issuer: str) -> None:
    with serving(issuer, spoil=ANSWERS["health"]) as url:
        said = bare("conformance", url, "--issuer", issuer)

    assert "left out  " not in said.out
    assert "50 left out" in said.out
    assert "Until `health` holds, nothing after it can be told." in said.out


def test_a_build_server_reads_the_report_as_tests(bare: Say, issuer: str, tmp_path: Path) -> None:
    with serving(issuer, spoil=ANSWERS["exact-fields"]) as url:
        said = bare("conformance", url, "--issuer", issuer, "--junit", "report.xml")

    root = ElementTree.fromstring((tmp_path / "report.xml").read_bytes())  # noqa: S314 -- ours
    cases = {one.get("name"): one for one in root.iter("testcase")}
    assert said.status == 1
    assert root.get("tests") == str(len(cases))
    assert root.get("failures") == str(len(root.findall(".//failure")))
    assert "iban" in (cases["exact-fields"].findtext("failure") or "")
    assert cases["single-field"].find("skipped") is not None
    assert list(cases["health"]) == []


def test_a_report_that_cannot_be_written_is_wrong_use(bare: Say, issuer: str) -> None:
    with serving(issuer, spoil=ANSWERS["health"]) as url:
        said = bare("conformance", url, "--issuer", issuer, "--junit", "no/such/place.xml")

    assert said.status == 2
    assert "no/such/place.xml cannot be written" in said.err


def test_a_file_to_start_from_is_printed(bare: Say) -> None:
    assert bare("conformance", "--show-about").out == EXAMPLE.read_text("utf-8")


def test_a_file_with_a_fault_is_named_with_its_line(bare: Say, tmp_path: Path) -> None:
    (tmp_path / "about.yaml").write_text("office_kind: bakery\nevidence: []\npeople: {}\n")

    said = bare("conformance", f"{FREE}1", "--about", "about.yaml")

    assert said.status == 2
    assert said.err.startswith("about.yaml:2: evidence: ")


def test_a_key_of_ones_own_signs(bare: Say, issuer: str) -> None:
    assert bare("client-key", "mine.json").status == 0

    with serving(issuer) as url:
        said = bare("conformance", url, "--issuer", issuer, "--key", "mine.json", "--json")

    assert said.status == 0, said.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "name the provider's base URL"),
        (("provider.example",), "URL is no http(s)://host:port"),
        ((f"{FREE}1", "--issuer", "hub"), "--issuer is no http(s)://host:port"),
        ((f"{FREE}1", "--issuer", "http://hub.example"), "--issuer names no port"),
        ((f"{FREE}1", "--issuer", f"{FREE}99999"), "--issuer is no http(s)://host:port"),
        ((f"{FREE}1", "--about", "nothing.yaml"), "nothing.yaml is no readable file"),
        ((f"{FREE}1", "--ca", "ca.pem"), "--certificate and --ca are for https://"),
        ((f"{FREE}1", "--key", "nothing.json"), "nothing.json is no private JWK"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(bare: Say, words: tuple[str, ...], why: str) -> None:
    said = bare("conformance", *words)

    assert said.status == 2
    assert why in said.err


def test_a_port_that_is_taken_is_named(bare: Say) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = bare("conformance", f"{FREE}1", "--issuer", f"{FREE}{port}")

    assert said.status == 2
    assert f"port {port}" in said.err
