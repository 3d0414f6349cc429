"""Nights on a data folder of the test's own."""

import pytest

from tests.conftest import Workplace
from tests.nights.nights import Nights


@pytest.fixture
def nights(workplace: Workplace) -> Nights:
    """A data folder before its first night."""
    return Nights(workplace)
