"""Numbers of words: the same as long as a word is in use, and free again after."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.kernels.numbering import Numbering
from digest.newsdesk.stories.text.words import fold, term_key, term_keys, tokens

WORDS = st.lists(st.integers(0, 2**31 - 1), unique=True, max_size=400)


def words(listed: list[int]) -> np.ndarray:
    return np.array(listed, np.uint32)


@given(WORDS, WORDS)
def test_words_keep_their_numbers_while_others_come_and_go(
    one: list[int], other: list[int]
) -> None:
    numbering = Numbering()
    first = numbering.enter(words(one)).tolist()
    both = numbering.enter(words(other)).tolist()
    assert numbering.enter(words(one)).tolist() == first
    assert len(set(first) | set(both)) == len(set(one) | set(other)) == len(numbering)
    assert max(first + both, default=0) < numbering.room
    gone = [word for word in one if word not in other]
    numbering.forget(numbering.find(words(gone)))
    assert set(numbering.find(words(gone)).tolist()) <= {-1}
    assert numbering.find(words(other)).tolist() == both
    assert len(numbering) == len(other)


@given(st.lists(st.tuples(st.booleans(), WORDS.filter(bool)), max_size=12))
def test_numbers_are_given_and_taken_back_as_a_dict_with_a_heap_of_free_ones_would(
    steps: list[tuple[bool, list[int]]],
) -> None:
    numbering = Numbering()
    plain: dict[int, int] = {}
    for forgets, listed in steps:
        if forgets:
            known = [word for word in listed if word in plain]
            numbering.forget(numbering.find(words(known)))
            for word in known:
                del plain[word]
        else:
            free = iter(sorted(set(range(len(plain) + len(listed))) - set(plain.values())))
            for word in listed:
                if word not in plain:
                    plain[word] = next(free)
            assert numbering.enter(words(listed)).tolist() == [plain[word] for word in listed]
        every = [*plain, *listed]
        assert numbering.find(words(every)).tolist() == [plain.get(word, -1) for word in every]
        assert len(numbering) == len(plain)


def test_numbers_that_were_given_back_are_given_again() -> None:
    numbering = Numbering()
    for begin in range(0, 20_000, 100):
        listed = words(list(range(begin, begin + 100)))
        numbering.forget(numbering.enter(listed))
    assert numbering.room == 256
    assert len(numbering) == 0


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_plain_letters_are_read_as_the_pattern_reads_them(text: str) -> None:
    folded = fold(text)
    keys = [term_key(token, "en") for token in tokens(folded)]
    assert term_keys(folded, "en") == [key for key in keys if key]
