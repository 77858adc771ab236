"""To the newsroom's own provider and back, as a browser goes."""

import re
from html import unescape

import requests
from django.test import Client

BASE = "http://testserver"
BACK = f"{BASE}/desk/sign-in/back"
LEADS = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


def sent_there(client: Client, onward: str = "/desk/alerts/") -> str:
    """Press the button; where the page leads."""
    page = client.post("/desk/sign-in/elsewhere", {"next": onward})
    assert page.status_code == 200, page.content.decode()
    assert "form-action 'self'" in page["Content-Security-Policy"]
    found = LEADS.search(page.content.decode())
    assert found is not None
    return unescape(found[1])


def through(client: Client, onward: str = "/desk/alerts/") -> str:
    """Press the button and pass the provider; the path by which one comes back."""
    answer = requests.get(sent_there(client, onward), allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(BACK)
    return answer.headers["Location"].removeprefix(BASE)


def is_in(client: Client) -> bool:
    return client.get("/desk/alerts/").status_code == 200
