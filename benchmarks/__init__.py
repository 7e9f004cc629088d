"""Ours against a peer, both in one run on one machine: ratios, not absolutes (docs/benchmarks.md)."""
