"""A strategy: start, tick, fill, stop, with a memory of its own and the last trades at hand."""

import halfspread as hs


class Shy(hs.Strategy):
    """Keeps off the side that trades run into, and for a while off a side that was filled."""

    def __init__(self, half_spread: float, rest_s: float) -> None:
        self.half_spread, self.rest_ns = half_spread, int(rest_s * 1e9)

    def on_start(self, market) -> None:
        self.filled = {hs.Side.bid: 0, hs.Side.ask: 0}  # when, on the market's clock
        self.fills = 0

    def on_fill(self, market, fill) -> None:
        self.filled[fill.side] = fill.local_time
        self.fills += 1

    def on_tick(self, market, state) -> None:
        trades = market.recent_trades(5)
        run_of = int(trades["aggressor"].sum())  # five buyers in a row: 5
        sizes = {}
        for side in (hs.Side.bid, hs.Side.ask):
            rested = market.now - self.filled[side] > self.rest_ns
            room = side * market.inventory < 50
            sizes[side] = 10.0 if rested and room and side * run_of > -5 else 0.0
        bid, ask = state.mid - self.half_spread, state.mid + self.half_spread
        market.quote(bid, ask, sizes[hs.Side.bid], sizes[hs.Side.ask])

    def on_stop(self, market, run) -> None:
        print(f"{self.fills} fills, inventory {market.inventory} lots, ", end="")


tape = hs.synthetic.tape(events=100_000, seed=1)
market = hs.Replay(tape, latency_ms=5, signals=hs.SignalPolicy(recent_trades=5))
run = hs.backtest(Shy(half_spread=2, rest_s=1), market, decide_every="100ms")
print(f"profit {run.metrics()['profit']:.3f}")
