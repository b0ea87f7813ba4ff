"""DBN: Databento's binary encoding: headers, records of one length a schema, what fills mean.

The vendor's own package, databento-dbn, knows header and layouts; records are read as columns.

Source: databento.com/docs, "Databento Binary Encoding" and "MBO schema".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.codecs.columns import Ints, Mask, Messages, Spans
from halfspread.errors import ConfigError

_PREFIX = 8
"""Bytes before the header: DBN, its version, its length."""
_SCHEMAS = {"mbo": "MBOMsg", "mbp-10": "MBP10Msg", "trades": "TradeMsg"}
_RECORD_TYPES = {"mbo": 160, "mbp-10": 10, "trades": 0}


@dataclass(frozen=True)
class Header:
    """What the head of a DBN file says."""

    schema: str
    symbols: dict[int, str]
    """instrument's number to its symbol"""
    length: int
    """bytes before the first record"""

    @property
    def layout(self) -> np.dtype[Any]:
        """The fields of a record."""
        layout: np.dtype[Any] = np.dtype(getattr(_package(), _SCHEMAS[self.schema])._dtypes)
        return layout

    @property
    def record_type(self) -> int:
        """What the second byte of a record says."""
        return _RECORD_TYPES[self.schema]

    @classmethod
    def of(cls, head: bytes) -> Header:
        """The header at the start of a file.

        Errors:
            ConfigError: databento-dbn isn't installed.
            ValueError: it is no header, or of another schema than mbo, mbp-10, trades.
        """
        dbn = _package()
        length = _PREFIX + int.from_bytes(head[4:_PREFIX], "little")
        if head[:3] != b"DBN" or len(head) < length:
            raise ValueError("it does not begin with a whole DBN header")
        try:
            metadata = dbn.Metadata.decode(head[:length])
        except Exception as error:
            raise ValueError(f"its DBN header can't be read: {error}") from None
        schema = str(metadata.schema)
        if schema not in _SCHEMAS:
            raise ValueError(f"its schema is {schema}; read are {', '.join(_SCHEMAS)}")
        symbols = {
            int(interval["symbol"]): symbol
            for symbol, intervals in metadata.mappings.items()
            for interval in intervals
            if interval["symbol"].isdigit()
        }
        return cls(schema, symbols, length)


def _package() -> Any:
    try:
        import databento_dbn
    except ImportError:
        raise ConfigError(
            "DBN files need the package databento-dbn: pip install 'halfspread[databento]'"
        ) from None
    return databento_dbn


def cut(text: bytes) -> tuple[Messages, int]:
    """The whole records of a text, and how many bytes they take: the first byte tells a length."""
    sizes = np.frombuffer(text, dtype=np.uint8)
    starts: list[Ints] = []
    place = 0
    while place < len(text) and (size := 4 * int(sizes[place])) and place + size <= len(text):
        # As many records of the same length as there are in a row.
        heads = sizes[place::size][: (len(text) - place) // size]
        other = np.flatnonzero(heads != heads[0])
        count = int(other[0]) if len(other) else len(heads)
        starts.append(np.stack([place + size * np.arange(count), np.full(count, size)], axis=1))
        place += size * count
    if place < len(text) and sizes[place] == 0:  # no record is empty: what follows is lost
        starts.append(np.array([[place, len(text) - place]]))
        place = len(text)
    found = np.concatenate([np.zeros((0, 2), dtype=np.int64), *starts])
    spans: Spans = np.stack([found[:, 0], found.sum(axis=1)], axis=1).astype(np.int32)
    return Messages(text, spans, np.full(len(spans), -1, dtype=np.int64)), place


def fills(records: NDArray[Any], action: NDArray[np.uint8], group: Ints) -> tuple[Mask, Mask]:
    """Which fills the change of the order behind them agrees with; which removals say no more.

    A fill changes no book by itself: a C or M of the same order follows in the same message. A C of
    as many lots as the fills before it, or an M, agrees; that C is then what the fills say already.
    """
    settles, gone = np.zeros((2, len(records)), dtype=bool)
    filled = np.isin(group, group[action == ord("F")])
    about = np.flatnonzero(filled & np.isin(action, np.frombuffer(b"FCM", dtype=np.uint8)))
    if not len(about):
        return settles, gone
    about = about[np.lexsort((about, records["order_id"][about], group[about]))]
    order, message, what = records["order_id"][about], group[about], action[about]
    lots = np.where(what == ord("F"), records["size"][about].astype(np.int64), 0)
    # A run: an order's fills, and the one record behind them.
    starts = np.ones(len(about), dtype=bool)
    starts[1:] = (order[1:] != order[:-1]) | (message[1:] != message[:-1])
    starts[1:] |= what[:-1] != ord("F")
    run = np.cumsum(starts) - 1
    ends = np.append(np.flatnonzero(starts)[1:], len(about)) - 1
    total = np.bincount(run, weights=lots).astype(np.int64)
    filling = np.bincount(run, weights=what == ord("F")).astype(np.int64)
    closing, size = what[ends], records["size"][about[ends]].astype(np.int64)
    # A resting order that was moved to trade fills at a price that wasn't its own; in an auction a
    # fill may have no side.
    alike = records["price"][about] == records["price"][about[ends]][run]
    alike &= (records["side"][about] != b"N") & (records["side"][about[ends]] != b"N")[run]
    removed = (closing == ord("C")) & (total == size)
    agrees = (filling > 0) & ((closing == ord("M")) | removed)
    agrees &= np.bincount(run, weights=~alike) == 0
    settles[about] = agrees[run] & (what == ord("F"))
    gone[about[ends[agrees & removed]]] = True
    return settles, gone
