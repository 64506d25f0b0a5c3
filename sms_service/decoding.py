"""The text of a file, however it was written: by its mark, else as UTF-8, else as Windows writes it in the West.

UTF-16 without a mark comes out as its letters with zeros between them, which whoever reads a sheet takes out.
"""

from __future__ import annotations

_UTF_8_MARK, _LITTLE, _BIG = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"


def decode(data: bytes) -> str:
    """Return the text of a file. Never fails: what cannot be read stands as a replacement character."""
    if data.startswith(_UTF_8_MARK):
        return data.decode("utf-8-sig", "replace")
    if data.startswith((_LITTLE, _BIG)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
