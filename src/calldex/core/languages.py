"""The languages whose words can be reduced to their stems, and which of them a call is in."""

from __future__ import annotations

from typing import Final

STEMMED: Final[dict[str, str]] = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""By ISO 639-1 code: those that every PostgreSQL from 15 on can reduce."""

USUAL: Final = "en"
"""Stands in for no language and for one that cannot be reduced: equal words are found all the same."""

_OTHER_CODES: Final = {"nb": "no", "nn": "no"} | {
    "ara": "ar",
    "deu": "de",
    "fra": "fr",
    "ger": "de",
    "ita": "it",
    "nld": "nl",
    "por": "pt",
    "rus": "ru",
    "spa": "es",
}


def search_language(tag: str | None) -> str:
    """The code of the language whose stems a call's words are reduced to, by its BCP 47 tag in any letter case."""
    code = (tag or "").strip().replace("_", "-").partition("-")[0].casefold()
    code = _OTHER_CODES.get(code, code)
    return code if code in STEMMED else USUAL
