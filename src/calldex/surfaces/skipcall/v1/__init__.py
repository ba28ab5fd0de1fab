"""Skipcall v1: what its clients ask, how its calls are read and shown."""
