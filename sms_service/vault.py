"""Sealing what people tell us.

Each person has two random keys: `contact_key` for who they are and `answer_key` for what they said. Both are wrapped
by a key derived from SECRET_KEY. Destroying one makes everything it sealed unreadable, except in a backup from before,
which still holds the wrapped key. Every sealed value, wrapped key and hash starts with the id of the secret it was made
under, so that secrets can change.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic_core import from_json, to_json

_ID = 4
_NONCE = 12


class VaultError(Exception):
    """Something sealed cannot be opened with the secrets at hand."""


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"sms-service/" + purpose).derive(secret.encode())


class Vault:
    """Wraps and opens people's keys, hashes numbers for lookup and signs tokens.

    `secrets` is newest first: new values are made with the first, old ones are read with whichever made them.
    """

    def __init__(self, secrets: tuple[str, ...]) -> None:
        ids = [_derive(secret, b"id")[:_ID] for secret in secrets]
        self._newest = ids[0]
        self._wrap = {i: AESGCM(_derive(s, b"wrap")) for i, s in zip(ids, secrets, strict=True)}
        self._lookup = {i: _derive(s, b"lookup") for i, s in zip(ids, secrets, strict=True)}
        self._sign = {i: _derive(s, b"sign") for i, s in zip(ids, secrets, strict=True)}

    def new_key(self) -> bytes:
        """Return a fresh person's key, wrapped, ready to be stored."""
        return self.wrap(os.urandom(32), b"key")

    def wrap(self, value: bytes, purpose: bytes) -> bytes:
        """Seal a value of the deployment itself, such as a person's key or a staff member's TOTP secret."""
        nonce = os.urandom(_NONCE)
        return self._newest + nonce + self._wrap[self._newest].encrypt(nonce, value, purpose)

    def unwrap(self, sealed: bytes, purpose: bytes) -> bytes:
        """Open what `wrap` sealed. Raises VaultError if no secret at hand made it."""
        wrap = self._wrap.get(sealed[:_ID])
        if wrap is None:
            raise VaultError("sealed under a SECRET_KEY that is not among those given")
        try:
            return wrap.decrypt(sealed[_ID : _ID + _NONCE], sealed[_ID + _NONCE :], purpose)
        except (InvalidTag, ValueError) as error:  # ValueError: cut off within the nonce
            raise VaultError("sealed value does not match its purpose or was changed") from error

    def key(self, wrapped: bytes) -> PersonKey:
        """Open one of a person's keys."""
        return PersonKey(self.unwrap(wrapped, b"key"))

    def lookup(self, number: str) -> bytes:
        """Return the hash that a phone number (E.164) is stored under."""
        return self._hash(self._newest, number)

    def lookups(self, number: str) -> list[bytes]:
        """Return the hashes a number may have been stored under, newest first."""
        return [self._hash(i, number) for i in self._lookup]

    def sign(self, value: bytes) -> bytes:
        """Return a keyed hash, for session tokens and the like."""
        return hmac.digest(self._sign[self._newest], value, "sha256")

    def signatures(self, value: bytes) -> list[bytes]:
        """Return what `sign` may have made of a value under each secret at hand, newest first."""
        return [hmac.digest(key, value, "sha256") for key in self._sign.values()]

    def _hash(self, key_id: bytes, number: str) -> bytes:
        return key_id + hmac.digest(self._lookup[key_id], number.encode(), "sha256")


class PersonKey:
    """One of a person's keys, opened. What it seals is bound to a table, a column and a row."""

    __slots__ = ("_box",)

    def __init__(self, key: bytes) -> None:
        self._box = AESGCM(key)

    def seal(self, value: Any, place: str, row: UUID) -> bytes:
        """Seal a JSON value for `place` ("table.column") of the row with this id."""
        nonce = os.urandom(_NONCE)
        return nonce + self._box.encrypt(nonce, to_json(value), place.encode() + row.bytes)

    def open(self, sealed: bytes, place: str, row: UUID) -> Any:
        """Open what `seal` made. Raises VaultError if it belongs elsewhere or the key was replaced since."""
        try:
            plain = self._box.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode() + row.bytes)
            # Its memory of strings is the whole process's: names of fields may be kept there, what people said may not.
            return from_json(plain, cache_strings="keys")
        except (InvalidTag, ValueError) as error:
            raise VaultError(f"{place} of a row cannot be opened with this key") from error


def wording(text: str) -> str:
    """Return the version of a text: what a consent was given to."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
