"""The feed's word counts unless the text clearly says otherwise."""

import pytest

from digest.intake.articles.core.language import detect, primary

SPANISH = (
    "El gobierno anunció ayer que las nuevas medidas entrarán en vigor el próximo lunes en todo "
    "el país, según fuentes del ministerio."
)


@pytest.mark.parametrize(
    ("text", "hint", "wanted"),
    [
        ("Storm hits coast", "en-GB", "en"),
        ("Storm hits coast", "", ""),
        (SPANISH, "", "es"),
        (SPANISH, "en-us", "es"),
        (SPANISH, "es-419", "es"),
        ("The council votes tonight on the harbour plan, officials said.", "", "en"),
        ("북한이 미사일을 발사했다", "en", "ko"),
        ("北朝鮮がミサイルを発射した", "", "ja"),
        ("朝鲜发射导弹", "en", "zh"),
        ("", "fr", "fr"),
        ("", "", ""),
        ("12345 67890", "de", "de"),
    ],
)
def test_detected(text: str, hint: str, wanted: str) -> None:
    assert detect(text, hint) == wanted


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [("EN_us", "en"), ("iw", "he"), ("zh-Hant-TW", "zh"), ("english", ""), ("", ""), ("x", ""),
     ("und", ""), ("fil", "fil"), ("é", "")],
)  # fmt: skip
def test_primary_subtags(tag: str, wanted: str) -> None:
    assert primary(tag) == wanted


def test_what_the_reader_guessed_is_not_asked_again() -> None:
    assert detect(SPANISH, "en", ("de", 0.99)) == "de"
    assert detect(SPANISH, "en", ("de", 0.6)) == "en"


def test_between_languages_that_look_alike_the_outlets_word_counts() -> None:
    """A reader of Malay would otherwise lose what the model takes for Indonesian."""
    malay = "Perdana Menteri berkata kerajaan akan meneliti semula cadangan itu bulan depan."
    assert detect(malay, "ms", ("id", 0.99)) == "ms"
    assert detect(malay, "en", ("id", 0.99)) == "id"
    assert detect("북한이 미사일을 발사했다", "en", ("de", 0.99)) == "ko"
