"""What Calldex speaks: one folder per surface, each with its own words, shapes and errors.

Field names of vendors live here and in `ingest` alone. A surface never imports another one; what they
share of HTTP is in `http`.
"""
