"""A mail's bytes, read back by the standard library."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.outbound.channels.email import verp
from digest.outbound.channels.email.mime import MimeSender, Unfit, UnfitAddress, template
from digest.outbound.channels.rendering import render_alert, render_confirmation, render_edition
from digest.outbound.messages.message import ReaderLinks, Words
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, LINKS, NEWSROOM, copy_of

SENDER = MimeSender("The Meridian", "news@meridian.example", "meridian.example")
DATE = "Sun, 06 Oct 2024 07:00:00 +0800"


@cache
def sample() -> Words:
    return render_edition(EDITION, "email", NEWSROOM)


def with_fields(**fields: str) -> Words:
    return replace(sample(), fields=sample().fields | fields)


def opened(words: Words, **how: object) -> tuple[EmailMessage, bytes]:
    made = template(words, SENDER).copy(copy_of(words=words, **how), DATE)  # type: ignore[arg-type]
    return message_from_bytes(made, policy=default), made  # type: ignore[return-value]


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_newsletters_own_sender_has_the_newsrooms_address() -> None:
    own = {"sender_name": "Kim, at the post", "reply_to": "post@example.org"}
    message, _ = opened(with_fields(**own))
    assert message["From"] == '"Kim, at the post" <news@meridian.example>'
    assert message["Reply-To"] == '"Kim, at the post" <post@example.org>'
    message, _ = opened(with_fields(reply_to="pöst@example.org"))
    assert message["Reply-To"] == "The Meridian <news@meridian.example>"


def test_the_sends_suffix_stands_in_the_message_id_alone() -> None:
    marked = replace(copy_of(words=sample()), message_id_suffix="0123456789abcde")
    made = template(sample(), SENDER).copy(marked, DATE)
    plain = template(sample(), SENDER).copy(replace(marked, message_id_suffix=""), DATE)
    assert b"Message-ID: <7-11.0123456789abcde@meridian.example>\r\n" in made
    assert made.replace(b".0123456789abcde", b"") == plain


def test_every_header_is_there_once_and_reads_as_meant() -> None:
    message, _ = opened(sample())
    assert message["From"] == "The Meridian <news@meridian.example>"
    assert message["Reply-To"] == "The Meridian <news@meridian.example>"
    assert message["List-Archive"] == f"<{NEWSROOM.base_url}/archive>"
    assert message["List-Help"] == f"<{NEWSROOM.base_url}/>"
    assert message["To"] == "reader@example.org"
    assert message["Subject"] == sample().fields["subject"]
    assert message["Date"] == DATE
    assert message["Message-ID"] == "<7-11@meridian.example>"
    assert message["List-Id"] == "Korean peninsula <korean-peninsula.meridian.example>"
    assert message["List-Unsubscribe"] == f"<{LINKS.unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Feedback-ID"] == "7:korean-peninsula:newsletter:meridianexample"
    assert message["MIME-Version"] == "1.0"
    names = [name.lower() for name in message]
    assert len(names) == len(set(names))
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_both_parts_come_back_as_rendered_with_the_readers_links() -> None:
    message, _ = opened(sample())
    escaped = LINKS.unsubscribe.replace("&", "&amp;")
    assert part(message, "plain").count(LINKS.unsubscribe) == 1
    assert part(message, "html").count(escaped) == 1
    for kind in ("plain", "html"):
        assert part(message, kind).count(LINKS.preferences) == 1
        assert "reader.invalid" not in part(message, kind)
    from digest.outbound.messages.message import PREFERENCES, UNSUBSCRIBE

    restored = part(message, "html").replace(escaped, UNSUBSCRIBE)
    restored = restored.replace(LINKS.preferences, PREFERENCES)
    assert restored.strip() == sample().fields["html"].strip()


def test_the_bytes_are_seven_bit_short_lines_with_crlf() -> None:
    _, raw = opened(sample())
    assert max(raw) < 128
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert max(len(line) for line in head.split(b"\r\n")) < 998
    assert raw.endswith(b"\r\n")


def test_the_unsubscribe_header_stays_on_one_line_however_long() -> None:
    long = "https://news.meridian.example/unsubscribe/" + "a" * 300
    _, raw = opened(sample(), links=ReaderLinks(long, LINKS.preferences))
    assert f"\r\nList-Unsubscribe: <{long}>\r\n".encode() in raw


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=150))
def test_any_subject_comes_back_and_adds_no_header(subject: str) -> None:
    message, raw = opened(with_fields(subject=subject))
    plain, _ = opened(sample())
    assert [name.lower() for name in message] == [name.lower() for name in plain]
    said = " ".join(str(message["Subject"]).split())
    assert said == " ".join(subject.split())
    assert max(raw.partition(b"\r\n\r\n")[0]) < 128


@settings(max_examples=200)
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_survives_around_a_link(before: str, after: str) -> None:
    from digest.outbound.messages.message import PREFERENCES

    text = f"{before}{PREFERENCES}{after}"
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    message, raw = opened(with_fields(text=text))
    body = part(message, "plain").removesuffix("\n")
    said = f"{before}{LINKS.preferences}{after}".replace("\r\n", "\n").replace("\r", "\n")
    assert body.rstrip("\n") == said.rstrip("\n")
    assert max(len(line) for line in raw.partition(b"\r\n\r\n")[2].split(b"\r\n")) <= 76


@pytest.mark.parametrize("field", ["subject", "list_name", "list_id", "sender_name", "reply_to"])
def test_a_line_break_cannot_become_a_header(field: str) -> None:
    with pytest.raises(Unfit):
        opened(with_fields(**{field: "x\r\nBcc: everybody@example.org"}))


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org, b@example.org",
        "a@example.org> SIZE=1",
        "<a@example.org>",
        "a b@example.org",
        "a@",
        "@example.org",
        "a@-example.org",
        "a" * 65 + "@example.org",
        "",
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    with pytest.raises(UnfitAddress):
        opened(sample(), to=address)


@pytest.mark.parametrize("link", ["", "javascript:x", "https://a.example/\r\nX: y", "/relative"])
def test_a_copy_without_a_way_out_is_refused(link: str) -> None:
    with pytest.raises(Unfit, match="unsubscribe link"):
        opened(sample(), links=replace(LINKS, unsubscribe=link))


def test_service_mail_belongs_to_no_list() -> None:
    words = render_confirmation(CONFIRM_THIS, "email", NEWSROOM)
    message, _ = opened(words, links=ReaderLinks(confirm=LINKS.confirm))
    assert not [name for name in message if name.lower().startswith("list-")]
    assert message["Precedence"] is None
    assert message["Feedback-ID"] is None
    assert LINKS.confirm in part(message, "plain")
    assert LINKS.confirm in part(message, "html")


def test_an_alert_has_a_list_of_its_own() -> None:
    message, _ = opened(render_alert(ALERT, "email", NEWSROOM))
    assert message["List-Id"] == "The Meridian <alerts.meridian.example>"


def test_a_newsrooms_name_in_any_script_is_a_good_from() -> None:
    for name in ("한강신문", 'The "Daily" <Post>', "Ñandú, S.A."):
        made = template(sample(), replace(SENDER, name=name)).copy(copy_of(words=sample()), DATE)
        message = message_from_bytes(made, policy=default)
        assert message["From"].addresses[0].display_name == name  # type: ignore[attr-defined]
        assert message["From"].addresses[0].addr_spec == SENDER.email  # type: ignore[attr-defined]


def test_a_copy_of_the_same_key_is_the_same_mail() -> None:
    assert opened(sample())[1] == opened(sample())[1]


def test_a_bounce_address_names_its_copy_and_cannot_be_made_up() -> None:
    address = verp.envelope_sender("7-11", "meridian.example", "secret")
    assert verp.key_of(address, "secret") == "7-11"
    assert verp.key_of(address.upper(), "secret") == "7-11"
    assert verp.key_of(address.replace("7-11", "7-12"), "secret") is None
    assert verp.key_of(address, "another") is None
    assert verp.key_of("somebody@example.org", "secret") is None
    assert len(address.partition("@")[0]) <= 64
    long = verp.envelope_sender(f"{2**63}-{2**63}", "meridian.example", "secret")
    assert len(long.partition("@")[0]) <= 64


def test_a_correction_is_threaded_to_what_it_corrects() -> None:
    words = render_alert(replace(ALERT, kind="correction"), "email", NEWSROOM)
    mail = replace(copy_of(words=words), follows=((3, "abc"), (5, "def")))
    message = message_from_bytes(template(words, SENDER).copy(mail, DATE), policy=default)
    assert message["References"] == "<3-11.abc@meridian.example> <5-11.def@meridian.example>"
    assert message["In-Reply-To"] == "<5-11.def@meridian.example>"
    first, _ = opened(render_alert(ALERT, "email", NEWSROOM))
    assert first["References"] is None
