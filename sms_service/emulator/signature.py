"""Twilio's signature of a request.

The full address without its fragment, then each parameter's name and value, sorted by name, with nothing
between; HMAC-SHA1 under the account's auth token, in base64.
Source: twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(url: str, params: Mapping[str, str], token: str) -> str:
    """Sign a form POST to `url`; blank parameters count."""
    signed = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(token.encode(), signed.encode(), "sha1").digest()
    return base64.b64encode(digest).decode()
