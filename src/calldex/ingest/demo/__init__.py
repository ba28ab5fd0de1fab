"""A made-up business and its calls, in the shapes of four vendors: for demos, benchmarks, tests.

Nothing here reads a clock, a network or a database; a seed and a moment decide every byte.
"""

from calldex.ingest.demo.generate import demo_calls

__all__ = ["demo_calls"]
