"""The password of everybody at a desk in the tests, hashed at next to no cost: it is checked as any other is."""

from __future__ import annotations

from argon2 import PasswordHasher

PASSWORD = "a long enough password"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
