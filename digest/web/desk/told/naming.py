"""The forms by which a story is renamed: one for each language that it is told in."""

from dataclasses import dataclass

from django.http import HttpRequest

from digest.newsdesk.stories.models import Story
from digest.newsdesk.stories.rename import NamedIn, named
from digest.newsdesk.stories.text.words import primary
from digest.web.desk.searches.asked import tongue

_LONGEST = 1_000
"""Characters of a field that are looked at: more than fit, so that it can be said how many."""


@dataclass(frozen=True, slots=True)
class TypedName:
    """What an editor's form held, and whether another editor's words stand there meanwhile."""

    language: str
    words: str
    base: str
    clashes: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "TypedName":
        """The words in the form; none where the editor wants the reports' again."""
        given = {
            name: request.POST.get(name, "")[:_LONGEST]
            for name in ("headline", "base_headline", "language")
        }
        words = "" if "clear" in request.POST else given["headline"]
        return cls(primary(given["language"][:16]), words, given["base_headline"])


@dataclass(frozen=True, slots=True)
class NameForm:
    """A form: ``words`` in its field, over what ``stands``."""

    named: NamedIn
    name: str
    words: str
    clashes: bool = False


def name_forms(story: Story, typed: TypedName | None = None) -> tuple[NameForm, ...]:
    """The story's own language first; with what an editor ``typed`` and is not stored."""
    found = named(story)
    if typed and typed.language not in {each.language for each in found}:
        # The story became another one meanwhile, which is not told in that language.
        found = (*found, NamedIn(typed.language, "", ""))
    return tuple(
        NameForm(each, tongue(each.language), typed.words, typed.clashes)
        if typed and typed.language == each.language
        else NameForm(each, tongue(each.language), each.stands)
        for each in found
    )
