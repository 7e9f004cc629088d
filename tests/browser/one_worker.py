"""Sends all browser tests to one xdist worker: one site, one Chromium. Loaded with `-p`, by the process that schedules.

The mark `xdist_group` says the same, but xdist 3.8 writes it into an attribute that pytest 9.2 does not read any more.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Every other test goes wherever there is room."""
    from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

    class OneWorkerScheduling(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith("tests/browser/") else str(super()._split_scope(nodeid))

    return OneWorkerScheduling(config, log) if config.getoption("dist") == "loadgroup" else None
