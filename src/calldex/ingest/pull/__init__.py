"""Fetching calls from the vendors' own APIs, page by page: one module for what differs between them, one for the
behaviour of HTTP, one for the walk. What is done with a page is the caller's business.
"""
