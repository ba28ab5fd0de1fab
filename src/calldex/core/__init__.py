"""The words of the field: calls, linked records, filters, paging, times, money, phone numbers, errors.

Nothing here does I/O, knows SQL or the web, or carries a field name of a vendor.
"""
