"""What a call says to those who may not hear it: everything but where its sound lies, wherever that is written."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from calldex.core.calls import Call
from calldex.core.jsonbytes import understood
from calldex.web.texts import text

_SOUND: Final = ("recording", "audio")
"""Keys with these words are left out whole; they tend to have an address in some form of their own."""

_MEDIA: Final = re.compile(r"recording|audio|media|sound|video|playback|(?<!in)voice")
"""Under keys with these words every address is left out, at any depth."""

_MEDIA_FILE: Final = re.compile(
    r"\.(?:3gp|aac|aif|aiff|amr|avi|flac|gsm|m3u8|m4a|m4v|mkv|mov|mp[234]|mpe?g|og[agv]|opus|wav|weba|webm|wm[av])(?![\w/-])"
)
_TOKEN: Final = re.compile(r"[^\s<>\"]+")
_SCHEME: Final = re.compile(r"^[a-z][a-z0-9+.-]*:(?=//)")
_SHORTEST: Final = 8


@dataclass(frozen=True, slots=True)
class Unheard:
    """``addresses`` are where the sound of one call lies: host and path, as ``_plain`` writes them."""

    addresses: tuple[str, ...]

    def tells(self, said: str) -> bool:
        """Whether a text has an address of the sound, or of any file of sound or pictures."""
        plain = _plain(said)
        if any(address in plain for address in self.addresses):
            return True
        return "//" in plain and any(map(_is_media_file, _TOKEN.findall(plain)))

    def text(self, said: str) -> str:
        """A text with a word in place of each such address."""
        if not self.tells(said):
            return said
        word = text("call.no_sound_address")
        left = _TOKEN.sub(lambda token: word if self.tells(token[0]) else token[0], said)
        # An address with blanks in it is in no word alone.
        return word if self.tells(left) else left

    def json(self, value: Any, *, media: bool = False) -> Any:
        """Parsed JSON without what tells of the sound, at any depth; ``media`` is whether a key above speaks of it."""
        if isinstance(value, dict):
            return {
                name: self.json(inside, media=media or _speaks_of_media(name))
                for name, inside in value.items()
                if not any(word in name.casefold() for word in _SOUND)
                and not self.tells(name)
                and not self._is_gone(inside, media=media or _speaks_of_media(name))
            }
        if isinstance(value, list):
            return [self.json(inside, media=media) for inside in value if not self._is_gone(inside, media=media)]
        return None if self._is_gone(value, media=media) else value

    def all(self, value: Any) -> Any:
        """The same with every text in it as ``text`` has it: of objects of ours, lists and mappings, at any depth."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self.all(inside) for name, inside in value.items()}
        if isinstance(value, list):
            return [self.all(inside) for inside in value]
        if isinstance(value, msgspec.Struct):
            changed = {name: self.all(getattr(value, name)) for name in value.__struct_fields__}
            return msgspec.structs.replace(value, **changed)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed = {one.name: self.all(getattr(value, one.name)) for one in dataclasses.fields(value)}
            return dataclasses.replace(value, **changed)
        return value

    def _is_gone(self, value: Any, *, media: bool) -> bool:
        return isinstance(value, str) and (self.tells(value) or (media and "//" in _plain(value)))


def unheard(call: Call) -> Unheard:
    """For a call with its recording, attachments, analysis and metadata."""
    recording = understood(call.recording)
    found = [*_addresses(recording), *_addresses(understood(call.attachments))]
    for said in (understood(call.analysis), understood(call.metadata)):
        found += _under_media(said)
    if isinstance(recording, str):
        found.append(recording)
    bare = (_bare(address) for address in found)
    return Unheard(tuple(dict.fromkeys(one for one in bare if len(one) >= _SHORTEST and "/" in one)))


def without_addresses(said: str) -> str:
    """A text with a word in place of every address, for where it is not known which of them are of sound."""
    return _TOKEN.sub(lambda token: text("call.no_sound_address") if "//" in _plain(token[0]) else token[0], said)


def _is_media_file(token: str) -> bool:
    """Whether an address, as ``_plain`` writes it, has the ending of such a file behind its host."""
    host = token.find("//")
    path = token.find("/", host + 2) if host >= 0 else -1
    return path >= 0 and _MEDIA_FILE.search(token, path) is not None


def _plain(said: str) -> str:
    """A text as it is compared: an address says the same percent-encoded or escaped as JSON does."""
    return unquote(said).replace("\\/", "/").casefold()


def _bare(address: str) -> str:
    """An address without scheme and query, which differ from copy to copy; with the query where that is all it has."""
    whole = _SCHEME.sub("", _plain(address).strip()).lstrip("/")
    bare = re.split(r"[?#]", whole, maxsplit=1)[0].rstrip("/")
    return bare if "/" in bare else whole


def _speaks_of_media(name: str) -> bool:
    return _MEDIA.search(name.casefold()) is not None


def _addresses(value: Any) -> Iterator[str]:
    """Every text at any depth that is an address."""
    if isinstance(value, str) and "//" in _plain(value):
        yield value
    elif isinstance(value, dict | list):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _addresses(inside)


def _under_media(value: Any) -> Iterator[str]:
    """Every address at any depth under keys that speak of sound."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from (_addresses if _speaks_of_media(name) else _under_media)(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _under_media(inside)
