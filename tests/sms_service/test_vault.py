"""Sealing: who can open what, where, and for how long."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.runtime import new_id
from sms_service.vault import Vault, VaultError, wording

OLD, NEW = "the secret that everything began with", "the secret that came after it, as long"
ROW, OTHER = UUID(int=1), UUID(int=2)
NUMBER = "+17575550111"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(anything)
def test_what_was_sealed_can_be_opened_in_its_place(value: object) -> None:
    vault = Vault((OLD,))
    key = vault.key(vault.new_key())
    assert key.open(key.seal(value, "messages.body", ROW), "messages.body", ROW) == value


def test_nothing_of_it_can_be_read_and_no_two_are_alike() -> None:
    vault = Vault((OLD,))
    key = vault.key(vault.new_key())
    first, second = (key.seal("Zebulon Quackenbush", "messages.body", ROW) for _ in range(2))
    assert first != second
    assert b"Zebulon" not in first + second


@pytest.mark.parametrize(("place", "row"), [("messages.body", OTHER), ("outbox.body", ROW), ("messages.bod", ROW)])
def test_moved_to_another_row_or_column_it_stays_shut(place: str, row: UUID) -> None:
    vault = Vault((OLD,))
    key = vault.key(vault.new_key())
    with pytest.raises(VaultError, match=f"{place} of a row cannot be opened"):
        key.open(key.seal("drained", "messages.body", ROW), place, row)


def test_one_persons_key_opens_nothing_of_anothers() -> None:
    vault = Vault((OLD,))
    ada, ben = vault.key(vault.new_key()), vault.key(vault.new_key())
    with pytest.raises(VaultError):
        ben.open(ada.seal("drained", "messages.body", ROW), "messages.body", ROW)


@given(at=st.integers(0, 60), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(at: int, bit: int) -> None:
    vault = Vault((OLD,))
    sealed = bytearray(vault.key(wrapped := vault.new_key()).seal("a longer answer, so that", "a.b", ROW))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(VaultError):
        vault.key(wrapped).open(bytes(sealed), "a.b", ROW)


@given(st.integers(0, 40))
def test_what_was_cut_short_is_noticed(length: int) -> None:
    vault = Vault((OLD,))
    wrapped = vault.new_key()
    sealed = vault.key(wrapped).seal("a longer answer, so that", "a.b", ROW)
    with pytest.raises(VaultError):
        vault.key(wrapped).open(sealed[:length], "a.b", ROW)
    with pytest.raises(VaultError):
        vault.unwrap(wrapped[:length], b"key")


def test_after_a_new_secret_old_data_can_be_read_and_new_is_made_with_the_new() -> None:
    before = Vault((OLD,))
    wrapped = before.new_key()
    sealed = before.key(wrapped).seal("drained", "messages.body", ROW)
    turned = Vault((NEW, OLD))
    assert turned.key(wrapped).open(sealed, "messages.body", ROW) == "drained"
    made = turned.key(turned.new_key())
    fresh = turned.new_key()
    assert Vault((NEW,)).key(fresh)
    with pytest.raises(VaultError):
        before.key(fresh)
    assert made.open(made.seal(1, "a.b", ROW), "a.b", ROW) == 1


def test_without_the_old_secret_old_data_stays_shut() -> None:
    wrapped = Vault((OLD,)).new_key()
    with pytest.raises(VaultError, match="SECRET_KEY that is not among those given"):
        Vault((NEW,)).key(wrapped)


def test_a_number_is_found_under_old_and_new_secrets() -> None:
    old, turned = Vault((OLD,)), Vault((NEW, OLD))
    assert old.lookup(NUMBER) in turned.lookups(NUMBER)
    assert turned.lookup(NUMBER) == turned.lookups(NUMBER)[0] == Vault((NEW,)).lookup(NUMBER)
    assert old.lookup(NUMBER) not in Vault((NEW,)).lookups(NUMBER)
    assert NUMBER.encode() not in old.lookup(NUMBER)


def test_a_value_wrapped_for_one_purpose_serves_no_other() -> None:
    vault = Vault((OLD,))
    with pytest.raises(VaultError, match="does not match its purpose"):
        vault.unwrap(vault.wrap(b"totp", b"totp"), b"key")


def test_a_signature_depends_on_the_secret_and_is_no_lookup() -> None:
    assert Vault((OLD,)).sign(b"session") == Vault((OLD, NEW)).sign(b"session")
    assert Vault((OLD,)).sign(b"session") != Vault((NEW,)).sign(b"session")
    assert Vault((OLD,)).sign(NUMBER.encode()) not in Vault((OLD,)).lookup(NUMBER)


def test_a_wording_has_one_version_and_another_has_another() -> None:
    assert wording("Are both texts OK with you?") == wording("Are both texts OK with you?")
    assert wording("Are both texts OK with you?") != wording("Are both texts ok with you?")


def test_ids_are_of_version_7_and_sort_by_time() -> None:
    made = [new_id() for _ in range(50)]
    assert {one.version for one in made} == {7}
    assert sorted(one.int >> 80 for one in made) == [one.int >> 80 for one in made]
    assert len(set(made)) == 50
