"""JSON that people read: letters of every script as they are."""

import json
import re
from typing import Any

_NOT_UNICODE = re.compile("[\ud800-\udfff]")


def json_text(values: Any, *, indent: int, allow_nan: bool = False) -> str:
    """Values as JSON. Bytes of a file name that are not UTF-8 are escaped, so that it can be written and read back.

    Raises:
        ValueError: on infinity and NaN, unless they are allowed.
    """
    text = json.dumps(values, indent=indent, ensure_ascii=False, allow_nan=allow_nan)
    return _NOT_UNICODE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
