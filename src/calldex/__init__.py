"""A self-hosted call-records server that answers the call APIs your programs already speak."""

__version__ = "0.1.0"
