"""Passwords of staff, hashed with argon2: costly on purpose, so only two threads ever do it at once."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash

from sms_service.translation import Word

LEAST = 12
"""How many characters a password has at least."""

_HASHES = PasswordHash.recommended()
_LONGEST = 1024
_nobodys: list[str] = []
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="passwords")


def weakness(password: str, email: str) -> str:
    """Return what is wrong with a new password, in English, or nothing."""
    if len(password) < LEAST:
        return Word("A password needs 12 characters or more. Four words that do not belong together are good.")
    if len(password) > _LONGEST:
        return Word("A password can have 1,024 characters at most.")
    if len(set(password)) < 5 or email.partition("@")[0].casefold() in password.casefold():
        return Word("That password is easy to guess. Four words that do not belong together are good.")
    return ""


async def hashed(password: str) -> str:
    """Return what is stored of a password."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHES.hash, password)


async def right(password: str, stored: str) -> bool:
    """Whether a password is the one that is stored; `nobodys` takes as long and is never right."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, _HASHES.verify, password[:_LONGEST], stored)


async def nobodys() -> str:
    """Return the hash of a password that nobody has."""
    if not _nobodys:
        _nobodys.append(await hashed(secrets.token_hex()))
    return _nobodys[0]
