"""The lines that the served stand prints: each works as it is, in the order of their printing."""

import shlex

from onceonly.demo.plain import client
from onceonly.demo.serving import curl_lines
from scenarios.kreis import Kreis


def pasted(line: str) -> int:
    """What the hub answers to a line of curl."""
    words = shlex.split(line)
    assert words[:2] == ["curl", "-s"]
    headers: dict[str, str] = {}
    body, url = None, ""
    rest = iter(words[2:])
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(rest).encode()
        else:
            assert not url, "one call in a line"
            url = word
    with client() as http:
        answer = http.request("GET" if body is None else "POST", url, headers=headers, content=body)
    return answer.status_code


def test_every_line_works_as_printed(kreis: Kreis) -> None:
    printed = [text.splitlines() for text in curl_lines(kreis.stand)]

    assert all(len(lines) == 2 and lines[0].startswith("# ") for lines in printed)
    lines = [line for _, line in printed]
    assert not [line for line in lines if "$" in line or "`" in line]
    # Health, catalogue, an exchange, the list; choice again, preview, use, evidence, receipt.
    assert [pasted(line) for line in lines] == [200, 200, 201, 200, 201, 200, 200, 200, 204]
