"""The picture above an alert as an editor meets it: offered, shown, sent, and taken away."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import Alert, AlertRevision, Article
from digest.outbound.channels.whatsapp.slots import samples_of_pictures
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.desk_world import Desk
from tests.browser.posting import deliver, elsewhere
from tests.fakes.smtp import Sink

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CHANNELS = ["email", "whatsapp", "webpush", "telegram", "fcm", "apns"]


class Outlet(BaseHTTPRequestHandler):
    """An outlet's pictures; notes who asks, and what is told of where they come from."""

    asked: list[tuple[str, str | None]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Referer")))
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(samples_of_pictures()["alert_picture"].read_bytes())

    def log_message(self, *said: Any) -> None:
        """Not to the test's output."""


@pytest.fixture
def ferry() -> Iterator[str]:
    """The address of a picture on loopback."""
    Outlet.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outlet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/ferry.png"
    server.shutdown()
    server.server_close()


@pytest.fixture
def channels(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DIGEST_CHANNELS = CHANNELS
    monkeypatch.setenv("DIGEST_WHATSAPP_APP_ID", "1234567890")


def draft(credit: str, picture: str) -> Alert:
    """The draft's story, whose lead has a picture; the draft was raised before it came."""
    alert = Alert.objects.get(state="draft")
    Article.objects.filter(story_article__story=alert.story_id).update(
        image_url=picture, image_alt="A ferry on the rocks, its bow in the air",
        image_credit=credit,
    )  # fmt: skip
    alert.show(None)
    alert.save()
    return alert


@pytest.mark.usefixtures("channels")
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_an_editor_decides_about_the_picture_and_what_was_seen_goes_out(
    page: Page, live_server: LiveServer, sink: Sink, pictures: Pictures, ferry: str,
    width: int, scheme: Any,
) -> None:  # fmt: skip
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    desk = Desk(page, live_server)
    alert = draft("Lina Sato", ferry)
    # By the menu's way, which fits the page in: what a page may load is what the first one may.
    page.goto(f"{live_server.url}/desk/alerts/")
    page.locator(f"a[href='{desk.paths['alert']}']").first.click()
    box = page.get_by_label("Show the picture")
    expect(box).not_to_be_checked()
    expect(page.get_by_text("Photo: Lina Sato")).to_be_visible()
    frame = page.frame_locator("fieldset.shown iframe")
    expect(frame.get_by_alt_text("A ferry on the rocks")).to_be_visible()
    assert frame.locator("img").evaluate("each => each.naturalWidth") == 1200
    assert not page.locator(".bub iframe").count()
    pictures.of_page(page, f"picture-offered-{width}-{scheme}", full_page=True)

    box.check()
    page.locator("#headline").fill("Ferry aground: all are off the ship")
    page.get_by_role("button", name="Save, and look at them").click()
    expect(page.locator("h1")).to_have_text("Ferry aground: all are off the ship")
    expect(box).to_be_checked()
    # On the lock screens and in Telegram; WhatsApp takes none without https.
    expect(page.locator(".bub iframe")).to_have_count(4)
    page.reload()
    expect(box).to_be_checked()
    # What was decided is not lost with the page, as what was typed is not.
    box.uncheck()
    page.locator("input[name=biggest]").check()
    page.locator("#summary").fill("Nobody was hurt.")
    page.reload()
    expect(page.locator("#restored")).to_contain_text("One sentence; Show the picture; One of the")
    expect(page.locator("#summary")).to_have_value("Nobody was hurt.")
    expect(box).not_to_be_checked()
    expect(page.locator("input[name=biggest]")).to_be_checked()
    box.check()
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    pictures.of_page(page, f"picture-shown-{width}-{scheme}", full_page=True)
    assert {referrer for _, referrer in Outlet.asked} == {None}

    before = len(sink.taken)
    page.get_by_role("button", name="Issue the alert").click()
    expect(page.locator("header .tag").first).to_have_text("issued")
    elsewhere(deliver)
    mail = sink.taken[before].message.get_body(preferencelist=("html",))
    assert mail is not None and ferry in mail.get_content()

    page.locator("summary", has_text="Correct it").click()
    page.get_by_label("Show the picture").uncheck()
    page.get_by_role("button", name="Send the correction").click()
    expect(page.locator("h2", has_text="What it has said")).to_be_visible()
    expect(page.locator(".bub iframe")).to_have_count(0)
    pictures.of_page(page, f"picture-taken-away-{width}-{scheme}", full_page=True)
    said = list(AlertRevision.objects.filter(alert=alert).order_by("revision"))
    assert ["picture" in each.content for each in said] == [True, False]
