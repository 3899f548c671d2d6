"""Deliveries to an address that is not, or is no longer, the reader's own.

A new address confirms itself before it is the reader's, and a digest may have been planned for
the one they had. What is suppressed is an address: so here the delivery's own one decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from digest.delivery.taking import Taken
from subscribers.address import comparable
from subscribers.tables import suppressions

#: A suppressed address is known by its keyed hash alone: `Keyring.address_hash`.
AddressHash = Callable[[str], str]


def suppressions_elsewhere(
    connection: Connection,
    claimed: Sequence[Taken],
    address_hash: AddressHash,
) -> dict[int, bool]:
    """By the id of each delivery to another address than its reader's: whether that is suppressed.

    Args:
        connection: of the claim's transaction.
        claimed: the claim's deliveries, with their readers.
        address_hash: of an address in the form in which addresses are compared.
    """
    hashes = {
        delivery.id: address_hash(comparable(delivery.recipient))
        for delivery, _, email, _ in claimed
        if delivery.recipient != email and comparable(delivery.recipient) != comparable(email)
    }
    if not hashes:
        return {}
    column = suppressions.c.address_hash
    query = select(column).where(column.in_(set(hashes.values())))
    found = set(connection.execute(query).scalars())
    return {number: hashed in found for number, hashed in hashes.items()}
