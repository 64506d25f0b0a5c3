"""Forms that bring a file, as browsers send them."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.console import uploads

TYPE = 'multipart/form-data; boundary="--b"'


def sent(content: bytes, **fields: str) -> dict[str, str]:
    """Send a file with some fields, as an HTTP client of today puts them into parts."""
    request = httpx.Request("POST", "https://a.test/", data=fields, files={"file": ("x.ics", content, "text/calendar")})
    return uploads.parse(request.headers["content-type"], request.read())


@given(st.dictionaries(st.sampled_from(["proof", "kind", "título"]), st.text(max_size=30)), st.text(max_size=200))
def test_what_is_sent_is_what_arrives(fields: dict[str, str], content: str) -> None:
    # Which line ends a field comes with is the browser's choice.
    found = sent(content.encode("utf-8", "ignore"), **{k: v for k, v in fields.items() if v.isprintable()})
    assert found["file"].split() == content.encode("utf-8", "ignore").decode().removeprefix("\ufeff").split()
    assert all(found[k] == v for k, v in fields.items() if v.isprintable() and k.isascii())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_as_whatever_it_was_written_in(encoding: str) -> None:
    assert sent("título, año\r\nuno".encode(encoding))["file"] == "título, año\r\nuno"


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_form_or_refused(body: bytes) -> None:
    for content_type in (TYPE, "multipart/form-data", "multipart/form-data; boundary=\xff", "multipart/\r\nX: y"):
        try:
            found = uploads.parse(content_type, body)
        except ValueError:
            continue
        assert all(isinstance(value, str) for value in found.values())
