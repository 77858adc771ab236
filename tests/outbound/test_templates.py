"""The templates themselves: what holds for every one of them."""

import re

import pytest
from jinja2 import UndefinedError

from digest.outbound.messages import slots
from digest.outbound.messages.environment import (
    TEMPLATES,
    environment,
    locale_of,
    translations,
    version,
)


@pytest.mark.parametrize("name", sorted(slots.names()))
def test_a_whatsapp_template_is_as_meta_wants_it(name: str) -> None:
    body = slots.body(name)
    assert re.fullmatch(r"[a-z0-9_]+", name)
    numbers = [int(number) for number in re.findall(r"\{\{(\d+)\}\}", body)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not body.startswith("{{")
    assert not body.endswith("}}")
    assert len(slots.fixed(name)) < 200
    assert re.search(r"STOP|do nothing", body)


def test_a_missing_value_fails_loudly() -> None:
    with pytest.raises(UndefinedError):
        environment("en").get_template("email/alert/subject.txt").render({})


def test_html_is_escaped_and_text_is_not() -> None:
    for name, said in (("x.mjml", "&lt;"), ("x.txt", "<")):
        made = environment("en").from_string("{{ value }}")
        assert made.environment.autoescape(name) is (said == "&lt;")  # type: ignore[operator]


def test_every_template_compiles() -> None:
    for path in (TEMPLATES / "email").rglob("*"):
        if path.suffix in (".txt", ".mjml"):
            environment("en").get_template(str(path.relative_to(TEMPLATES)))


def test_the_version_covers_what_a_template_includes() -> None:
    alone = version("email/newsletter/subject.txt")
    whole = version("email/newsletter/body.mjml")
    assert re.fullmatch(r"[0-9a-f]{16}", whole)
    assert alone != whole
    assert version("whatsapp/alert.txt") != version("whatsapp/confirm.txt")


def test_an_unknown_language_reads_english() -> None:
    assert translations("xx").gettext("Top reads") == "Top reads"
    assert translations("../../etc/passwd").gettext("Top reads") == "Top reads"
    assert str(locale_of("nonsense-tag")) == "en_GB"
    assert str(locale_of("pt-BR")) == "pt_BR"
