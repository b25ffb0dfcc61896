"""One simulated GitHub for each test: it starts in a fifth of a second."""

from collections.abc import Iterator

import pytest

from tests.sandbox.github.server import GitHubServer


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer() as server:
        yield server
