"""What tests of stories share."""

import pytest

from digest.newsdesk.stories.clustering.foreign import Foreign


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clusterer itself join no languages, so that the step that does has work left."""
    monkeypatch.setattr(Foreign, "are_there", lambda *_: False)
