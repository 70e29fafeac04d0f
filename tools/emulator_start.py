# ruff: noqa: INP001 - a program beside others, of no package
"""Starts bqemulator without DuckDB's `spatial`, which it would download: no query of ours has a geography."""

import sys

from bqemulator.cli import main
from bqemulator.storage import engine

for holder in vars(engine).values():
    if hasattr(holder, "_load_spatial"):
        holder._load_spatial = lambda _self: None  # noqa: SLF001 - it offers no other way

sys.exit(main())
