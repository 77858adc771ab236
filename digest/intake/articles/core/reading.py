"""How long an article takes to read."""

import re

# Silent reading of English non-fiction (Brysbaert, 2019); characters as is usual on the web.
WORDS_A_MINUTE = 238
CHARACTERS_A_MINUTE = 500
# Below this it is a teaser: its length says nothing of the article's.
LEAST = 100
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"\w+")


def minutes(text: str) -> int | None:
    """Whole minutes, at least one, or None for what is a teaser at most.

    Scripts without spaces are counted by characters, all others by words.
    """
    characters = len(_UNSPACED.findall(text))
    words = len(_WORD.findall(_UNSPACED.sub(" ", text)))
    if words + characters / 2 < LEAST:
        return None
    return max(1, round(words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE))
