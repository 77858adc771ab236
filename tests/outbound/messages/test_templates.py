"""The templates themselves: what holds for every one of them."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2 import UndefinedError
from jinja2.ext import babel_extract

from digest.audience.models.subscriptions import ALERTS_NAME
from digest.outbound import channels
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import render_edition
from digest.outbound.channels.whatsapp import slots
from digest.outbound.messages import environment as environment_module
from digest.outbound.messages.environment import (
    CATALOGUES,
    TEMPLATES,
    environment,
    locale_of,
    translations,
    version,
)
from digest.web import public, push
from digest.web.public.form_time import ONCE_MORE
from digest.web.public.tongues import NO_LANGUAGE
from digest.web.public.visitor import TOO_MANY
from digest.web.push.asked import TOO_MANY_CHANGES
from tests.outbound.samples import EDITION, NEWSROOM

MESSAGES = Path(environment_module.__file__).parent
PAGES, PUSHES = Path(public.__file__).parent, Path(push.__file__).parent
CHANNELS = Path(channels.__file__).parent
VALUE = re.compile(r"%\(\w+\)s")


@pytest.mark.parametrize("language", slots.TONGUES)
@pytest.mark.parametrize("name", sorted(slots.names()))
def test_a_whatsapp_template_is_as_meta_wants_it(name: str, language: str) -> None:
    body = slots.body(name, language)
    assert re.fullmatch(r"[a-z0-9_]+", name)
    numbers = [int(number) for number in re.findall(r"\{\{(\d+)\}\}", body)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not body.startswith("{{")
    assert not body.endswith("}}")
    assert len(slots.fixed(name, language)) <= slots.fixed_units(name) < 240
    assert re.search(r"STOP|do nothing", slots.body(name))
    assert ("STOP" in body) == ("STOP" in slots.body(name))
    assert (body == slots.body(name)) == (language == "en")


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


def asked_for(path: Path, keywords: dict[str, Any]) -> set[str]:
    """The sentences that a module hands to one of ``keywords``."""
    with path.open("rb") as file:
        return {
            words if isinstance(words, str) else str(next(filter(None, words)))
            for _, words, _, _ in extract("python", file, keywords=keywords)
        }


def said_in_templates() -> set[str]:
    """Every sentence that templates and messages ask to be translated."""
    found = {ALERTS_NAME, NO_LANGUAGE, ONCE_MORE, TOO_MANY, TOO_MANY_CHANGES}
    # Names of other channels are names in every language.
    found |= {registry.spec("email").label, registry.spec("webpush").label}
    for each in (registry.spec("email"), registry.spec("whatsapp")):
        found |= {each.sent.heading, each.sent.words, each.sent.missing, each.address.label}
    folders = (
        *TEMPLATES.glob("email/**/*.*"),
        *TEMPLATES.glob("whatsapp/**/*.txt"),
        *TEMPLATES.glob("webpush/*.txt"),
        *TEMPLATES.glob("telegram/*.html"),
        TEMPLATES / "web" / "base.html",
        TEMPLATES / "web" / "404.html",
        *TEMPLATES.glob("web/public/*.html"),
        *TEMPLATES.glob("web/push/*.html"),
    )
    for path in folders:
        if path.suffix in (".txt", ".mjml", ".html"):
            options = {"trim_blocks": "true", "newstyle_gettext": "true"}
            with path.open("rb") as file:
                for _, _, words, _ in babel_extract(
                    file, ["gettext", "ngettext", "_"], [], options
                ):
                    found.add(words if isinstance(words, str) else str(words[0]))
    keywords = {"gettext": None, "say": None, "ngettext": (1, 2), "BadAddress": None}
    for path in (*MESSAGES.rglob("*.py"), *PAGES.rglob("*.py"), *PUSHES.rglob("*.py")):
        found |= asked_for(path, keywords)
    # What is wrong with an address is said in the words of its kind.
    for path in (*CHANNELS.glob("email/addresses/*.py"), *CHANNELS.glob("w*/address.py")):
        found |= asked_for(path, {"BadAddress": None, "AddressDoubt": (2,)})
    return found


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_a_catalogue_says_everything_with_the_same_values(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    ids = {
        entry.id if isinstance(entry.id, str) else entry.id[0] for entry in catalogue if entry.id
    }
    assert ids == said_in_templates()
    for entry in catalogue:
        sources = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        spoken = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        if entry.id:
            for words in spoken:
                assert sorted(VALUE.findall(words)) == sorted(VALUE.findall(sources[0]))
                assert re.findall("<[^>]*>", words) == re.findall("<[^>]*>", sources[0])


@pytest.mark.parametrize(("language", "said"), [("ko", "사진: Lina Sato"), ("fr-CA", "11 sources")])
def test_an_edition_speaks_its_language(language: str, said: str) -> None:
    fields = render_edition(replace(EDITION, language=language), "email", NEWSROOM).fields
    assert said in fields["html"]
    assert "Unsubscribe" not in fields["html"] + fields["text"]
