"""Whether a request was signed by Twilio: one HMAC over the address as Twilio has it and the sorted parameters.

Source: Twilio, "Webhooks security". Repeated parameters are signed once per distinct value, blank ones too.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

Pairs = Sequence[tuple[str, str]]


def sign(token: str, url: str, pairs: Pairs) -> str:
    """Return the X-Twilio-Signature of a form POST to `url` (query included, fragment not)."""
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.digest(token.encode(), signed.encode("utf-8", "surrogateescape"), "sha1")
    return base64.b64encode(digest).decode()


def matches(token: str, url: str, pairs: Pairs, signature: str | None) -> bool:
    """Whether `signature` is Twilio's for this request; a missing or foreign one is simply False."""
    if not signature:
        return False
    return hmac.compare_digest(sign(token, url, pairs).encode(), signature.encode("utf-8", "replace"))
