"""A book of orders in plain Python: what the core's fold from orders to levels must add up to."""

from collections import defaultdict

from halfspread.event import EVERYTHING, Kind


class PlainOrders:
    """Orders by id, and what each level holds beyond them, as rows about orders tell it.

    Right for rows that agree with the book: every modify, remove and execute is of an order that
    was added, and no level is told.
    """

    def __init__(self):
        self.orders = {}

    def apply(self, row):
        order, kind = int(row["order_id"]), row["kind"]
        side, price, size = int(row["side"]), int(row["price"]), int(row["size"])
        if kind in (Kind.add, Kind.modify):
            self.orders[order] = (side, price, size)
        elif kind == Kind.remove:
            del self.orders[order]
        elif kind == Kind.execute:
            side, price, left = self.orders.pop(order)
            if left > size:
                self.orders[order] = (side, price, left - size)
        elif kind == Kind.clear:
            self.orders = {
                number: (of, at, size)
                for number, (of, at, size) in self.orders.items()
                if side and (of != side or (price != EVERYTHING and of * (at - price) < 0))
            }

    def levels(self):
        """By side, what each price holds."""
        sides = {1: defaultdict(int), -1: defaultdict(int)}
        for side, price, size in self.orders.values():
            sides[side][price] += size
        return {side: dict(levels) for side, levels in sides.items()}

    def crossed(self):
        """Whether the best bid is not below the best ask."""
        bids, asks = (self.levels()[side] for side in (1, -1))
        return bool(bids and asks) and max(bids) >= min(asks)
