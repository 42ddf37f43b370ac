"""`python -m bench`: the measurement that docs/performance.md quotes."""

from __future__ import annotations

from bench.compare import main

main()
