"""The only SQL: PostgreSQL, its embedded server, its migrations, and one function per question.

No HTTP and no vendor's words live here. A function takes the connection and the organization and gives
core records; driver rows never leave this room.
"""
