"""A short run of the fuzz that measures what documents cost; ``make long`` does half an hour."""

import pytest

from tests.fuzz import documents


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_document_costs_more_than_its_size_allows() -> None:
    found = documents.run(12, seed=17, most_bytes=600_000)
    assert found.over == []
    assert found.documents >= 5 and found.worst_memory_mb > 0
