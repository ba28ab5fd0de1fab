"""A made-up business and its calls, in the shapes of four vendors: for demos, benchmarks, tests.

Nothing here reads a clock, a network or a database; a seed and a moment decide every byte.
"""

from calldex.ingest.demo.generate import demo_calls
from calldex.ingest.demo.sound import speech_like

__all__ = ["demo_calls", "speech_like"]
