"""One scripted market in every venue's spelling, and the rows that each codec must make of it."""

import json
from dataclasses import dataclass, field

import numpy as np

from halfspread.codecs.binance import Binance
from halfspread.codecs.binance_csv import BinanceCsv
from halfspread.codecs.bybit import Bybit, BybitTrades
from halfspread.codecs.bybit_old import BybitOld
from halfspread.codecs.coinbase import Coinbase
from halfspread.codecs.tardis import Tardis
from halfspread.event import EVENT, EVERYTHING, Flag, Kind, Side
from halfspread.instrument import Instrument

INSTRUMENT = Instrument("BTCUSDT", tick="0.1", lot="0.001")
START = 1_723_161_255_000_000_000
MS = 1_000_000
BID, ASK = Side.bid, Side.ask


@dataclass
class Message:
    """What happened, ms after START: levels (side, ticks, lots), or one trade (taker, ...)."""

    happened: int
    heard: int
    kind: str
    levels: list = field(default_factory=list)

    @property
    def exchange(self):
        return START + self.happened * MS

    @property
    def local(self):
        return START + self.heard * MS

    def of(self, side):
        """The levels of one side, spelt."""
        return [[price_text(p), size_text(s)] for on, p, s in self.levels if on == side]


SCRIPT = [
    Message(0, 4, "snapshot", [(BID, 1000, 5), (BID, 999, 7), (ASK, 1001, 3), (ASK, 1003, 9)]),
    Message(1, 5, "trade", [(BID, 1001, 2)]),
    Message(2, 6, "change", [(ASK, 1001, 1)]),
    Message(3, 8, "change", [(BID, 999, 0), (ASK, 1003, 0), (BID, 998, 4), (ASK, 1004, 11)]),
    Message(7, 12, "trade", [(ASK, 1000, 5)]),
    Message(7, 12, "change", [(BID, 1000, 0), (BID, 997, 1_234_567)]),
    Message(9, 15, "change", [(ASK, 1001, 0), (ASK, 1002, 6)]),
    Message(11, 16, "trade", [(BID, 1002, 1)]),
]


def price_text(ticks):
    """Ticks of 0.1 as a price."""
    return f"{ticks // 10}.{ticks % 10}0"


def size_text(lots):
    """Lots of 0.001 as a size."""
    return f"{lots // 1000}.{lots % 1000:03}"


def rows_of(script, local="local", levels="sides"):
    """The rows a codec must give, by a plain loop.

    Args:
        local: "local" where the venue's files tell it, else "exchange".
        levels: the order in a message: bids then asks ("sides"), deletes first ("deletes") or as
            in the script ("script").
    """
    rows = []
    for message in script:
        times = (message.exchange, getattr(message, local))
        if message.kind == "trade":
            (side, price, size) = message.levels[0]
            flags = Flag.both | Flag.last
            rows.append((*times, size, 0, price, 0, 0, flags, Kind.trade, side))
            continue
        flags = Flag.both
        if message.kind == "snapshot":
            flags |= Flag.snapshot
            rows.append((*times, 0, 0, EVERYTHING, 0, 0, flags, Kind.clear, Side.none))
        order = {"sides": lambda x: -x[0], "deletes": lambda x: x[2] > 0, "script": lambda x: 0}
        for side, price, size in sorted(message.levels, key=order[levels]):
            rows.append((*times, size, 0, price, 0, 0, flags, Kind.level, side))
        rows[-1] = (*rows[-1][:7], rows[-1][7] | Flag.last, *rows[-1][8:])
    return np.array(rows, dtype=EVENT)


def trade_id(script, n):
    """The number of message `n` among the trades."""
    return 500 + sum(message.kind == "trade" for message in script[:n])


def binance(script):
    """USD-M futures as a recorder keeps them: receive time, then the combined stream's message."""
    lines, last = [], 100
    for n, message in enumerate(script):
        happened = message.exchange // MS
        data = {"E": happened + 1, "T": happened, "s": "BTCUSDT"}
        if message.kind == "trade":
            taker, price, size = message.levels[0]
            data |= {
                "e": "trade",
                "t": trade_id(script, n),
                "p": price_text(price),
                "q": size_text(size),
            }
            data |= {"X": "MARKET", "m": taker == ASK}
        elif message.kind == "change":
            data |= {"e": "depthUpdate", "U": last + 2, "u": last + 5, "pu": last}
            data |= {"b": message.of(BID), "a": message.of(ASK)}
            last += 5
        else:
            snapshot = {"lastUpdateId": last, "E": happened, "T": happened}
            snapshot |= {"bids": message.of(BID), "asks": message.of(ASK)}
            lines.append(f"{message.local} {json.dumps(snapshot)}")
            continue
        stream = {"stream": f"btcusdt@{data['e']}", "data": data}
        lines.append(f"{message.local} {json.dumps(stream, separators=(',', ':'))}")
    return lines


def binance_csv(script):
    """The merged table: one row a level, one a trade, under a commented header."""
    names = "TimestampOfReceiveUS,TimestampOfReceive,EventType,EventTime,TransactionTime,Symbol,"
    names += "FirstUpdateId,FinalUpdateId,FinalUpdateIdInLastStream,IsAsk,Price,Quantity,TradeId,"
    names += "IsBuyerMarketMaker,XUnknownParameter,LastUpdateId,StreamType"
    lines, last = ["# a comment, with a comma", names], 100
    for n, message in enumerate(script):
        happened = message.exchange // MS
        head = f"{message.local // 1000},{message.local // MS}"
        for side, price, size in sorted(message.levels, key=lambda level: -level[0]):
            ask, text = int(side == ASK), f"{price_text(price)},{size_text(size)}"
            if message.kind == "trade":
                what = f"trade,{happened},{happened},BTCUSDT,,,,,{text},{trade_id(script, n)},{ask}"
                lines.append(f"{head},{what},MARKET,,TRADE_STREAM")
            elif message.kind == "change":
                ids = f"{last + 2},{last + 5},{last}"
                what = f"depthUpdate,{happened},{happened},BTCUSDT,{ids},{ask},{text},,,,,"
                lines.append(f"{head},{what}DIFFERENCE_DEPTH_STREAM")
            else:
                what = f",,{happened},BTCUSDT,,,,{ask},{text},,,,{last},DEPTH_SNAPSHOT"
                lines.append(f"{head},{what}")
        last += 5 * (message.kind == "change")
    return lines


def bybit(script):
    """The v5 websocket's messages behind a receive time."""
    lines, u = [], 7
    for n, message in enumerate(script):
        happened = message.exchange // MS
        if message.kind == "trade":
            taker, price, size = message.levels[0]
            trade = {"T": happened, "s": "BTCUSDT", "S": "Buy" if taker == BID else "Sell"}
            trade |= {"v": size_text(size), "p": price_text(price), "i": f"id-{n}", "BT": False}
            said = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": happened + 1}
            said |= {"data": [trade]}
        else:
            u += 1
            data = {"s": "BTCUSDT", "b": message.of(BID), "a": message.of(ASK), "u": u, "seq": u}
            kind = "snapshot" if message.kind == "snapshot" else "delta"
            said = {"topic": "orderbook.50.BTCUSDT", "type": kind, "ts": happened + 1}
            said |= {"data": data, "cts": happened}
        lines.append(f"{message.local} {json.dumps(said)}")
    return lines


def bybit_old(script):
    """The v2 websocket's messages as cryptofeed recorded them."""
    lines = ["wss://stream.bybit.com/realtime_public <-> 1618677785.4827468"]
    for n, message in enumerate(script):
        received = f"{message.local // 10**9}.{message.local % 10**9 // MS:03}"
        items = [
            {
                "price": price_text(price),
                "side": "Buy" if side == BID else "Sell",
                "size": size / 1000,
            }
            for side, price, size in message.levels
        ]
        if message.kind == "trade":
            items[0] |= {"trade_time_ms": str(message.exchange // MS), "trade_id": f"id-{n}"}
            said = {"topic": "trade.BTCUSDT", "data": items}
        else:
            data = {"order_book": items}
            if message.kind == "change":
                data = {"delete": [i for i in items if not i["size"]], "update": []}
                data["insert"] = [i for i in items if i["size"]]
                for gone in data["delete"]:
                    del gone["size"]
            said = {"topic": "orderBookL2_25.BTCUSDT", "type": "delta", "data": data}
            said["type"] = "snapshot" if message.kind == "snapshot" else "delta"
            said |= {"cross_seq": str(100 + n), "timestamp_e6": str(message.exchange // 1000)}
        lines.append(f"{received}: {json.dumps(said)}")
    return lines


def bybit_trades(script):
    """The daily trade file."""
    lines = ["timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue"]
    for n, message in enumerate(script):
        if message.kind == "trade":
            taker, price, size = message.levels[0]
            side = "Buy" if taker == BID else "Sell"
            when = f"{message.exchange // 10**9}.{message.exchange % 10**9 // MS:03}"
            what = f"BTCUSDT,{side},{size_text(size)},{price_text(price)},PlusTick,id-{n},1e+06"
            lines.append(f"{when},{what}")
    return lines


def tardis(script):
    """Its book and trades in one text, under a header each time they change."""
    head = "exchange,symbol,timestamp,local_timestamp,"
    lines, before = [], None
    for n, message in enumerate(script):
        is_trade = message.kind == "trade"
        if is_trade is not before:
            columns = "id,side,price,amount" if is_trade else "is_snapshot,side,price,amount"
            lines.append(head + columns)
        before = is_trade
        times = f"binance,BTCUSDT,{message.exchange // 1000},{message.local // 1000}"
        for side, price, size in message.levels:
            text = f"{price_text(price)},{size_text(size)}"
            if is_trade:
                lines.append(f"{times},id-{n},{'buy' if side == BID else 'sell'},{text}")
            else:
                snapshot = str(message.kind == "snapshot").lower()
                lines.append(f"{times},{snapshot},{'bid' if side == BID else 'ask'},{text}")
    return lines


def coinbase(script):
    """Its messages as a table of Python literals."""
    lines = ["_id,asks,bids,changes,price,product_id,side,size,time,trade_id,type"]
    for n, message in enumerate(script):
        nanos = f"{message.exchange % 10**9 // MS:03}000"
        when = str(np.datetime64(message.exchange // 10**9, "s")) + f".{nanos}Z"
        if message.kind == "trade":
            taker, price, size = message.levels[0]
            maker = "sell" if taker == BID else "buy"
            text = f"{price_text(price)},BTCUSDT,{maker},{size_text(size)}"
            lines.append(f"x{n},,,,{text},{when},{n}.0,match")
        elif message.kind == "change":
            changes = [
                ["buy" if side == BID else "sell", price_text(price), size_text(size)]
                for side, price, size in message.levels
            ]
            lines.append(f'x{n},,,"{changes}",,BTCUSDT,,,{when},,l2update')
        else:
            text = f'"{message.of(ASK)}","{message.of(BID)}"'
            lines.append(f"x{n},{text},,,BTCUSDT,,,,,snapshot")
    return lines


@dataclass
class Venue:
    """A codec, the script in its spelling, and the rows to expect."""

    codec: type
    lines: list
    rows: np.ndarray

    def text(self):
        """A file's content."""
        return "\n".join(self.lines).encode() + b"\n"


def _later_by(script, ms):
    """The script with its first message as late as the next: venues that tell it no time."""
    first, second = script[:2]
    return [Message(second.happened, second.heard, first.kind, first.levels), *script[1:]]


TRADES = [message for message in SCRIPT if message.kind == "trade"]
VENUES = {
    "binance": Venue(Binance, binance(SCRIPT), rows_of(SCRIPT)),
    "binance_csv": Venue(BinanceCsv, binance_csv(SCRIPT), rows_of(SCRIPT)),
    "bybit": Venue(Bybit, bybit(SCRIPT), rows_of(SCRIPT)),
    "bybit_v2": Venue(BybitOld, bybit_old(SCRIPT), rows_of(SCRIPT, levels="deletes")),
    "bybit_trades": Venue(BybitTrades, bybit_trades(SCRIPT), rows_of(TRADES, local="exchange")),
    "tardis": Venue(Tardis, tardis(SCRIPT), rows_of(SCRIPT, levels="script")),
    "coinbase": Venue(Coinbase, coinbase(SCRIPT), None),
}
VENUES["coinbase"].rows = np.concatenate(
    [
        rows_of(_later_by(SCRIPT, 1)[:1], local="exchange"),
        rows_of(SCRIPT[1:], local="exchange", levels="script"),
    ]
)
