"""The in-tray of the demo's offices: a question answered by hand in a browser."""

import html
import re

import httpx

from onceonly.demo import by_hand
from onceonly.demo.plain import client
from scenarios.kreis import Kreis


def shown(text: str, name: str) -> str:
    """What stands in a field of a page's form."""
    found = re.search(rf'<textarea name="{name}"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_a_clerk_sees_the_question_with_the_file_and_answers_it(kreis: Kreis) -> None:
    retrieval, tray = by_hand.ask(kreis.stand)
    path = f"{tray}/{retrieval['id']}"

    with client() as http:
        listed = http.get(tray).text
        page = http.get(path).text
        form = {"result": "evidence", "content": shown(page, "content")}
        answered = http.post(path, data=form)
        again = http.post(path, data=form)
        emptied = http.get(tray).text
    evidence = kreis.clerk(by_hand.ASKING).read(retrieval)

    assert retrieval["state"] == "manual"
    assert f'href="/tray/{retrieval["id"]}"' in listed
    assert "Yılmaz" in page
    assert "Yılmaz" not in listed
    assert answered.status_code == httpx.codes.SEE_OTHER
    assert again.status_code == httpx.codes.CONFLICT
    assert retrieval["id"] not in emptied
    assert evidence.json()["content"]["state"] == "applied"


def test_a_refusal_a_typing_error_and_a_foreign_page_end_as_they_should(kreis: Kreis) -> None:
    retrieval, tray = by_hand.ask(kreis.stand)
    path = f"{tray}/{retrieval['id']}"

    with client() as http:
        broken = http.post(path, data={"result": "evidence", "content": "{"})
        foreign = http.post(path, data={"result": "done"}, headers={"sec-fetch-site": "cross-site"})
        refused = http.post(path, data={"result": "refused", "reason": "disputed"})
    ended = kreis.clerk(by_hand.ASKING).get(f"/retrievals/{retrieval['id']}").json()

    assert [broken.status_code, foreign.status_code] == [400, 403]
    assert refused.status_code == httpx.codes.SEE_OTHER
    assert (ended["state"], ended["problem_reason"]) == ("failed", "disputed")
