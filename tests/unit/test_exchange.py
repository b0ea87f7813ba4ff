"""The matching engine and the order-by-order book as Python sees them: shapes, errors, the page."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from halfspread import _core
from halfspread.event import EVENT, Flag, Kind, Side

PAGE = Path(__file__).resolve().parents[2] / "docs/exchange.md"


def asks(*rows):
    """Submits of (owner, side, price, size), good till cancel."""
    made = np.zeros(len(rows), EVENT)
    made["kind"], made["detail"] = Kind.submit, 1
    for name, column in zip(
        ("lane", "side", "price", "size"), zip(*rows, strict=True), strict=True
    ):
        made[name] = column
    return made.view(np.uint8).reshape(-1, EVENT.itemsize)


@pytest.fixture
def exchange():
    made = _core.Exchange(100)
    rows = asks((1, 1, 99, 5), (2, 1, 100, 4), (3, 1, 100, 3), (4, -1, 102, 9))
    made.apply(rows, np.array([0, 0, 0, 2]))
    return made


def test_the_page_says_what_happens():
    example = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {}
    exec(example[1], names)
    said = [Kind(kind).name for kind in names["events"]["kind"]]
    comment = re.search(r"# (accepted.*)", example[1])[1]
    assert re.split("[,;] ", comment) == said
    assert names["exchange"].best(1) == (100, 2)


def test_reasons_of_the_page_are_those_of_the_core():
    header = (PAGE.parents[1] / "core/matching.hpp").read_text()
    names = re.findall(r"^    (\w+),", header.split("enum class AskReason")[1], re.MULTILINE)
    table = dict(re.findall(r"^\| (\d+) \| ([\w -]+) \|", PAGE.read_text(), re.MULTILINE))
    for number in range(5, 13):
        assert table[str(number)].replace("-", " ").split(",")[0] == names[number].replace("_", " ")


def test_the_book_as_columns(exchange):
    assert exchange.best(Side.bid) == (100, 7)
    assert exchange.best(Side.ask) == (102, 2)
    prices, sizes = exchange.depth(Side.bid, 5)
    assert (prices.tolist(), sizes.tolist()) == ([100, 99], [7, 5])
    assert exchange.depth(Side.bid, 1)[0].tolist() == [100]
    bids, offers = exchange.orders(Side.bid), exchange.orders(Side.ask)
    assert bids["owner"].tolist() == [2, 3, 1]
    assert (offers["displayed"].tolist(), offers["hidden"].tolist()) == ([2], [7])
    assert [exchange.ahead(int(order)) for order in bids["id"]] == [0, 4, 0]
    assert exchange.ahead(10**12) is None
    assert _core.Exchange(1).best(Side.bid) is None


def test_the_last_row_of_an_ask_is_flagged(exchange):
    rows, ends, ids, hashes = exchange.apply(asks((5, -1, 99, 20), (6, 1, 98, 1)), hashes=True)
    flags = rows.view(EVENT)["flags"][:, 0]
    assert np.flatnonzero(flags & Flag.last).tolist() == (ends - 1).tolist()
    assert len(set(ids.tolist())) == 2
    assert hashes[-1] == exchange.hash()
    rows, ends, ids, hashes = exchange.apply(asks((1, 1, 1, 1))[:0])
    assert rows.shape == (0, EVENT.itemsize)
    assert (len(ends), len(ids), hashes) == (0, 0, None)


def test_a_copy_and_a_saved_state_are_their_own(exchange):
    copy, saved = exchange.copy(), exchange.save()
    before = exchange.hash()
    exchange.apply(asks((9, -1, 1, 50)))
    assert exchange.hash() != before
    assert copy.hash() == _core.Exchange.load(saved).hash() == before
    for bad in (b"", saved[:-1], saved[:100], b"x" + saved[1:], saved[:80] + b"\7" + saved[81:]):
        with pytest.raises(ValueError, match="saved is not what"):
            _core.Exchange.load(bad)


def test_a_callers_mistake_is_named(exchange):
    with pytest.raises(ValueError, match=r"side must be .*, was 0"):
        exchange.best(0)
    with pytest.raises(ValueError, match="display must have 1 numbers, had 2"):
        exchange.apply(asks((1, 1, 1, 1)), np.zeros(2, np.int64))
    with pytest.raises(TypeError):
        exchange.apply(np.zeros((2, 40), np.uint8))
    with pytest.raises(TypeError):
        _core.Exchange(-1)


def test_a_tape_by_order():
    replay = _core.OrderReplay()
    rows = np.zeros(3, EVENT)
    rows["kind"], rows["order_id"] = [Kind.add, Kind.add, Kind.execute], [7, 8, 9]
    rows["side"], rows["price"], rows["size"] = [1, -1, 1], [100, 101, 100], [5, 6, 1]
    touches = replay.apply(rows.view(np.uint8).reshape(-1, EVENT.itemsize), touches=True)
    assert touches[0].tolist() == [100, 5, 2**31 - 1, 0]
    assert touches[2].tolist() == [100, 5, 101, 6]
    assert replay.faults["unknown_order"] == 1
    assert replay.orders == 2
    assert replay.best(Side.ask) == (101, 6)
