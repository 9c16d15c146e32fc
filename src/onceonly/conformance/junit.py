"""The report as JUnit XML, which every build server shows as tests of its own.

What was left out or does not apply is skipped there; whether all passed says the exit status.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from onceonly.conformance.report import Finding, Report
from onceonly.conformance.suite import SECTIONS


def as_junit(report: Report, url: str) -> bytes:
    """One suite for each section, one case for each check."""
    found = {one.check.name: one for one in report.findings}
    root = _element("testsuites", f"onceonly conformance {url}", report.findings)
    for section in SECTIONS:
        cases = [found[check.name] for check in section.checks if check.name in found]
        suite = _element("testsuite", section.heading, cases)
        root.append(suite)
        for one in cases:
            _case(suite, section.heading, one)
    Xml.indent(root)
    page: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return page + b"\n"


def _case(suite: Xml.Element, heading: str, finding: Finding) -> None:
    check = finding.check
    case = Xml.SubElement(suite, "testcase", classname=f"conformance.{heading}", name=check.name)
    if finding.broken:
        failure = Xml.SubElement(case, "failure", type="broken", message=check.says)
        came = (f"came: {one}" for one in finding.came)
        failure.text = "\n".join([f"expected: {check.expected}", *came, f"do: {check.do}"])
    elif finding.why:
        Xml.SubElement(case, "skipped", message=finding.why)


def _element(kind: str, name: str, findings: Sequence[Finding]) -> Xml.Element:
    counts = {
        "tests": len(findings),
        "failures": sum(one.broken for one in findings),
        "skipped": sum(bool(one.why) for one in findings),
        "errors": 0,
    }
    return Xml.Element(kind, {"name": name} | {one: str(count) for one, count in counts.items()})
