"""What many topic queries cost: one pass over an article against one query after another.

``python -m tests.bench.topics --json`` prints, for ``--queries`` queries and ``--articles``
articles of a generated stream (English, Korean and Chinese, about 350 words each):

- ``ms_per_article`` and ``p99_ms``: CPU of matching all queries against one article, its analysis
  (folding, splitting, stemming) included;
- ``ratio_one_by_one``: CPU of holding every query against every article one by one, over that;
  ``ratio_one_by_one_shared``: the same where the analysis of an article is done once for all.
  Both on ``--sample`` articles, and all answers are asserted to be the same;
- ``ratio_to_ten``: CPU for all queries over CPU for ten of them;
- ``ms_taught_per_story``: CPU of what taught topics cost a story of one article when it changes:
  its features, and as many models as there are queries, learned from ``--sample`` articles each
  one in twenty called the topic's by chance;
- ``compile_ms``: parsing and compiling all queries once; ``matches``: answers over all articles.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from digest.newsdesk.topics.query.analysis import ArticleText, ArticleWords
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.teaching.features import Filing, Traits, traits
from digest.newsdesk.topics.teaching.model import Lesson, learn
from digest.newsdesk.topics.teaching.panel import Panel
from digest.newsdesk.topics.teaching.things import matcher_of_things

SYLLABLES = [f"{a}{b}" for a in "klmtsdvgb" for b in ("a", "el", "or")]
HANGUL = (
    "북남한국조선미일중러정부대통령총리외교안보경제군사회담협상발사훈련무역수출기업시장금리물가"
)
HAN = "朝鲜韩国美中日俄政府总统外交安全经济军事会谈发射演习贸易出口企业市场利率物价声明合作"


class World:
    """A vocabulary with Zipf's frequencies, in three scripts, and names that queries ask for."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.latin = self._words(
            30_000, lambda: "".join(chance.choices(SYLLABLES, k=chance.randint(1, 4)))
        )
        self.korean = self._words(
            8_000, lambda: "".join(chance.choices(HANGUL, k=chance.randint(2, 4)))
        )
        self.chinese = self._words(
            8_000, lambda: "".join(chance.choices(HAN, k=chance.randint(2, 4)))
        )
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(30_000)))

    def _words(self, count: int, make: Callable[[], str]) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            word = make()
            if word in found:
                word += self.chance.choice(word)
            found[word] = None
        return list(found)

    def draw(self, words: Sequence[str], count: int) -> list[str]:
        """``count`` words of running text."""
        return self.chance.choices(words, cum_weights=self.weights[: len(words)], k=count)

    def article(self) -> ArticleText:
        """An article of 150 to 600 words with capitals, quotes, commas and particles."""
        language = self.chance.choices(["en", "ko", "zh"], [8, 1, 1])[0]
        length = self.chance.randint(150, 600)
        outlet = (f"Outlet {self.chance.randint(1, 300)}",)
        if language == "zh":
            text = "".join(
                word + ("，" if self.chance.random() < 0.1 else "")
                for word in self.draw(self.chinese, length)
            )
            return ArticleText(text[:20], text[20:], "zh", outlet)
        if language == "ko":
            words = [
                word + self.chance.choice(["은", "을", "의", "에서", "", ""])
                for word in self.draw(self.korean, length)
            ]
        else:
            words = [self._dressed(word) for word in self.draw(self.latin, length)]
        return ArticleText(" ".join(words[:10]), " ".join(words[10:]), language, outlet)

    def _dressed(self, word: str) -> str:
        shape = self.chance.random()
        if shape < 0.12:
            return word.capitalize()
        if shape < 0.24:
            return word + self.chance.choice([",", ".", "’s", "s", "ing", ";", ".”"])
        return f"“{word}" if shape < 0.26 else word

    def query(self) -> str:
        """What an editor might write: a handful of names and words, a context, an exclusion."""
        names = [self._term() for _ in range(self.chance.randint(3, 12))]
        written = f"({' OR '.join(names)})"
        if self.chance.random() < 0.5:
            context = " OR ".join(self._word(self.latin, 300) for _ in range(3))
            written += f" AND ({context})"
        if self.chance.random() < 0.4:
            written += f" NOT ({self._word(self.latin, 300)} OR {self._word(self.latin, 300)})"
        if self.chance.random() < 0.1:
            written += f" OR {self._word(self.latin, 500)} near/5 {self._word(self.latin, 500)}"
        return written

    def _term(self) -> str:
        kind = self.chance.random()
        if kind < 0.35:
            return self._word(self.latin, 1_000)
        if kind < 0.6:
            return f'"{self._word(self.latin, 100)} {self._word(self.latin, 100)}"'
        if kind < 0.7:
            return f"{self._word(self.latin, 1_000)}*"
        if kind < 0.8:
            return f"title:{self._word(self.latin, 200)}"
        return self._word(self.korean if kind < 0.9 else self.chinese, 300)

    def _word(self, words: Sequence[str], rarer_than: int) -> str:
        """A word of rank ``rarer_than`` or beyond: nobody asks for the commonest."""
        return words[self.chance.randrange(rarer_than, len(words))]


def main() -> int:
    """Generate, compile, match, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=200, help="articles matched one by one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.queries, given.articles, given.sample, given.seed)
    print(json.dumps(found) if given.json else found)
    return 0


def measure(queries: int, articles: int, sample: int, seed: int) -> dict[str, float]:
    """The figures, by name."""
    world = World(random.Random(seed))
    written = [world.query() for _ in range(queries)]
    readings = [world.article() for _ in range(articles)]
    began = time.process_time()
    parsed = dict(enumerate(map(parse, written)))
    matcher = Matcher(parsed)
    compiled = time.process_time() - began
    answers, times = timed(matcher.match, readings)
    few = Matcher({at: parsed[at] for at in range(min(10, queries))})
    timed(few.match, readings[:500])
    _, few_times = timed(few.match, readings)
    ones = {at: Matcher({at: query}) for at, query in parsed.items()}
    sampled = readings[:sample]
    alone, alone_times = timed(
        lambda reading: frozenset(at for at, one in ones.items() if one.match(reading)), sampled
    )

    def shared(reading: ArticleText) -> frozenset[int]:
        words = ArticleWords(reading)
        return frozenset(at for at, one in ones.items() if one.match_words(words))

    together, shared_times = timed(shared, sampled)
    assert alone == together == answers[: len(sampled)], "one pass and one by one differ"
    _, again = timed(matcher.match, sampled)
    return {
        "queries": queries,
        "articles": articles,
        "ms_per_article": round(sum(times) / articles * 1e3, 4),
        "p99_ms": round(sorted(times)[int(articles * 0.99)] * 1e3, 4),
        "ms_taught_per_story": round(taught(readings, queries, sample, seed), 4),
        "ratio_one_by_one": round(sum(alone_times) / sum(again), 1),
        "ratio_one_by_one_shared": round(sum(shared_times) / sum(again), 1),
        "ratio_to_ten": round(sum(times) / sum(few_times), 2),
        "compile_ms": round(compiled * 1e3),
        "matches": sum(map(len, answers)),
    }


def taught(readings: Sequence[ArticleText], models: int, sample: int, seed: int) -> float:
    """Milliseconds of CPU a story."""
    chance = random.Random(seed)
    things = matcher_of_things()

    def read(reading: ArticleText) -> Traits:
        return traits([Filing(reading)], things.match(reading))

    lessons = [Lesson(read(each), chance.random() < 0.05) for each in readings[:sample]]
    learned = learn("one", lessons)
    panel = Panel({at: replace(learned, topic=str(at)) for at in range(models)})
    began = time.process_time()
    for each in readings[:1_000]:
        panel.judge(read(each))
    return (time.process_time() - began) / len(readings[:1_000]) * 1e3


def timed(
    match: Callable[[ArticleText], frozenset[int]], readings: Iterable[ArticleText]
) -> tuple[list[frozenset[int]], list[float]]:
    """The answers for each reading, and the CPU seconds each took."""
    answers, times = [], []
    for reading in readings:
        began = time.process_time()
        answers.append(match(reading))
        times.append(time.process_time() - began)
    return answers, times


if __name__ == "__main__":
    sys.exit(main())
