"""What headlines speak of, whatever the language: the sets of the word list and of the aliases."""

from functools import lru_cache

from digest.newsdesk.topics.query.aliases import NONE, Aliases, expand
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import Or
from digest.newsdesk.topics.query.wordlist import headwords


@lru_cache(maxsize=1)
def _listed() -> Matcher[str]:
    heads = [head.strip('"') for head in headwords()]
    return Matcher({head: expand(parse(f'~"{head}"'), NONE) for head in heads})


def matcher_of_names(aliases: Aliases) -> Matcher[str]:
    """Finds the newsroom's own sets of names; a set is called by its first."""
    return Matcher({names[0].text: Or(names) for names in aliases.sets})


def matcher_of_things() -> Matcher[str]:
    """Finds the sets of the word list; a set is called by its first word."""
    return _listed()
