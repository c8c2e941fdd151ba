"""Text with names that users gave: of files, of settings. They may hold line breaks, or bytes that are no text at all.

Python keeps a byte of a file name that is not UTF-8 as half of a surrogate pair (PEP 383), which no encoder takes.
"""

import json
import re
import unicodedata
from typing import Any

_CONTROLS = ("Cc", "Zl", "Zp")
_NOT_UNICODE = re.compile("[\ud800-\udfff]")


def on_one_line(text: str) -> str:
    """The text with control characters and line breaks as Python writes them: a message is one line."""
    return "".join(repr(one)[1:-1] if unicodedata.category(one) in _CONTROLS else one for one in text)


def readable_name(name: str) -> str:
    """A file's name as text that can be shown and written anywhere; bytes that are not UTF-8 become U+FFFD."""
    return name_bytes(name).decode(errors="replace")


def name_bytes(name: str) -> bytes:
    """A file's name for a hash: in UTF-8 whatever the console's encoding, other bytes as they are."""
    return name.encode(errors="surrogateescape")


def json_text(values: Any, *, indent: int, allow_nan: bool = False) -> str:
    """Values as JSON for people: letters of every script as they are.

    Args:
        values: what `json.dumps` takes. Bytes of file names that are not UTF-8 are escaped, so that they come back.
        indent: spaces for each level.
        allow_nan: whether infinity and NaN, which JSON has no words for, are written as Python does.

    Raises:
        ValueError: on infinity and NaN, unless they are allowed.
    """
    text = json.dumps(values, indent=indent, ensure_ascii=False, allow_nan=allow_nan)
    return _NOT_UNICODE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
