"""Ours against a peer, both in one run on one machine: ratios, not absolutes (benchmarks/README.md)."""

import sys
from importlib.util import find_spec

_OF_PEERS = "benchmarks.image_peers"
"""Runs with the interpreter of a peer, which has nothing of ours."""

_missing = [name for name in ("django", "PIL", "pytest") if not find_spec(name)]
if _missing and _OF_PEERS not in sys.orig_argv:
    sys.exit(
        f"{sys.executable} lacks packages of the site ({', '.join(_missing)}). In the project's folder:\n"
        "  python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements-test.txt\n"
        "and then run it with .venv/bin/python."
    )
