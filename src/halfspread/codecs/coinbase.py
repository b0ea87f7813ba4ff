"""Coinbase (GDAX): its websocket messages as a table whose lists are Python literals in quotes.

The columns are _id, asks, bids, changes ... time, trade_id, type; a change is
"[['buy', '8041.33000000', '0']]".
"""

from __future__ import annotations

import numpy as np

from halfspread.codecs.codec import Part, RecentIds, clear_row
from halfspread.codecs.columns import NO_TIME, Columns, Ints
from halfspread.codecs.table import ALONE, TableCodec
from halfspread.event import Flag, Side
from halfspread.instrument import Instrument

_TYPES = ("snapshot", "l2update", "match")


class Coinbase(TableCodec):
    """Level changes, snapshots and matches as events; the receive time is the exchange's own.

    A snapshot tells no time: it takes that of the next line that does. A match names the side of
    the maker: the taker's is the other. last_match happened before the recording and is left out.
    """

    venue = "coinbase"
    first_columns = ("_id",)
    symbol_column = "product_id"

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self._ids = RecentIds()

    def _needs(self, names: set[str]) -> set[str]:
        levels = {"asks", "bids", "changes"}
        return levels | {"product_id", "side", "price", "size", "time", "trade_id", "type"}

    def _keys(self, columns: Columns) -> list[Ints]:
        # A snapshot without a time is held back until a line comes that tells one.
        untold = columns.times("time", missing=NO_TIME) == NO_TIME
        snapshot = columns.words("type", "snapshot") == 0
        columns.blame(untold & ~snapshot, "time is missing")
        return [np.where(untold, 0, ALONE)]

    def _rows(self, columns: Columns) -> list[Part]:
        columns = columns[self._ours(columns, self.symbol_column)]
        kind = columns.words("type", *_TYPES)
        time = _filled_from_behind(columns.times("time", missing=NO_TIME))
        columns.blame((time == NO_TIME) & (kind >= 0), "time is missing")
        for i, word in enumerate((*_TYPES, "other")):
            count = int((kind == (i if i < len(_TYPES) else -1)).sum())
            if count:
                self.report.messages[word] += count
        parts = []
        for i, names, sides in (
            (0, ("bids", "asks"), (Side.bid, Side.ask)),
            (1, ("changes",), (Side.none,)),
        ):
            chosen = (kind == i) & columns.whole
            parts += self._levels(columns[chosen], names, sides, time[chosen], snapshot=i == 0)
        chosen = (kind == 2) & columns.whole
        return [*parts, self._matches(columns[chosen], time[chosen])]

    def _levels(
        self,
        columns: Columns,
        names: tuple[str, ...],
        sides: tuple[Side, ...],
        time: Ints,
        snapshot: bool,
    ) -> list[Part]:
        levels = columns.levels(names, sides, (self.tick, self.lot), time, time)
        self._note(columns, levels.faults)
        sideless = np.zeros(len(columns), dtype=bool)
        of = np.repeat(np.arange(len(columns)), levels.counts)
        sideless[of[levels.rows["side"] == Side.none]] = True
        columns.blame(sideless, "a change names no side")
        good = columns.whole
        levels, index, time = levels[good], columns.index[good], time[good]
        rows, of = levels.rows, np.repeat(index, levels.counts)
        if not snapshot:
            return [Part(of, rows)]
        rows["flags"] |= np.uint16(Flag.snapshot)
        clears = []
        for i, at in zip(index.tolist(), time.tolist(), strict=True):
            clears.append(Part(np.array([i]), clear_row(at, at, Flag.snapshot)))
        return [*clears, Part(of, rows)]

    def _matches(self, columns: Columns, time: Ints) -> Part:
        new = self._ids.new(columns.pieces("trade_id"))
        self.report.duplicates += int((~new).sum())
        columns, time = columns[new], time[new]
        maker = columns.words("side", "buy", "sell")
        columns.blame(maker < 0, "side is neither buy nor sell")
        side = np.where(maker == 0, Side.ask, Side.bid)
        return self._trades(columns, "price", "size", time, time, side)


def _filled_from_behind(time: Ints) -> Ints:
    """Times, with each NO_TIME replaced by the next that isn't, if there is one."""
    n = len(time)
    following = np.where(time == NO_TIME, n, np.arange(n))
    following = np.minimum.accumulate(following[::-1])[::-1]
    filled: Ints = np.append(time, NO_TIME)[following]
    return filled
