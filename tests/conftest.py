"""Fixtures shared by all tests."""

import gc
from pathlib import Path

import hypothesis
import pytest
from transfer_support import FakeClock

from transfer.stopping import heed_interrupts

# What the tests interrupt would run for ever if a shell has started them in the background.
heed_interrupts()
# A timing never decides a test.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Keep the collector from looking through all that is imported, again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return Path(__file__).parent.parent


@pytest.fixture
def retry_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock by which requests to registries wait before they are tried again."""
    clock = FakeClock()
    monkeypatch.setattr("transfer.patience.pause", clock.sleep)
    return clock


pytest_plugins = ["conftest_emulator", "engine_stage"]
