"""Portfolio: several recorded markets in lockstep on one clock, quoted by one maker.

portfolio = Portfolio({"BTC": Replay(btc, latency_ms=5), "ETH": Replay(eth, latency_ms=5)})
run = backtest(maker, portfolio)             # maker: PortfolioState -> {name: Quote}

for state in portfolio:                      # or by hand
    portfolio.quote({name: Quote(s.mid - 3, s.mid + 3) for name, s in state.states.items()})
run = portfolio.result()
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import FunctionType

from halfspread.decisions import ends
from halfspread.duration import duration_ns
from halfspread.errors import ConfigError
from halfspread.market import Replay
from halfspread.moment import moment_text
from halfspread.portfolio_run import PortfolioRun
from halfspread.portfolio_state import PortfolioState
from halfspread.quote import Quote, QuoteState
from halfspread.tape import Tape

PortfolioMaker = Callable[[PortfolioState], Mapping[str, Quote]]

QUOTE_CURRENCY = re.compile(r"(USDT|USDC|FDUSD|USD|EUR|GBP|JPY|TRY|BTC|ETH|BNB)$")
"""The end of a symbol such as BTCUSDT, BTC-USD or BTC/EUR, less what names a perpetual."""
PERPETUAL = re.compile(r"[-_.:](PERP|PERPETUAL|SWAP)$")


class Portfolio:
    """Several markets that are quoted together; one clock, one currency, one maker.

    The span is what all tapes have in common: it begins when the last of them begins and ends with
    the first that ends. A tape that reaches beyond is cut, and begins with the book that stood
    then, so every market decides at the same times on our clock. A market whose last row in that
    span comes earlier ends there; the others go on, and its inventory counts on as it was.

    Our orders are in one venue each: what is quoted in a market changes nothing in another but by
    what the maker makes of it.

    Args:
        markets: Replays by name, each with its own latency, queue, fees, orders and signals. They
            are copied; `markets` has them as they were cut.

    Errors:
        ConfigError: no market, or one that is not a Replay; another decide_every; decisions on
            messages; an inverse contract, whose money is its coin; two quote currencies, as far as
            symbols tell; spans without a common part; a tape with no book at the common begin.
    """

    def __init__(self, markets: Mapping[str, Replay]) -> None:
        if not markets:
            raise ConfigError("portfolio: markets must not be empty")
        for name, market in markets.items():
            if not isinstance(market, Replay):
                raise ConfigError(f"portfolio: {name} must be a Replay, was {market!r}")
        _check_clocks(markets)
        _check_money(markets)
        self.markets: dict[str, Replay] = _cut(markets)
        self._instruments = {name: _tape(m).instrument for name, m in self.markets.items()}
        self._open: list[str] = []
        self._begun = False

    def begin(self) -> None:
        """Begin anew, at the time before the first decision."""
        for market in self.markets.values():
            market.begin()
        times = {name: market.now for name, market in self.markets.items()}
        late = [name for name, time in times.items() if time != min(times.values())]
        if late:
            raise ConfigError(
                f"portfolio: {', '.join(late)} has no book at {moment_text(min(times.values()))}, "
                "where the others begin: give every Replay a later start"
            )
        self._open, self._begun = list(self.markets), True

    def step(self) -> PortfolioState | None:
        """All markets to the next decision, and what it sees; None when the last has ended."""
        self._require_begun()
        self._open = [name for name in self._open if self.markets[name].step() is not None]
        return self.state if self._open else None

    def __iter__(self) -> Iterator[PortfolioState]:
        """Step from decision to decision; act by `quote`, or by each of `markets`."""
        self.begin()
        while (state := self.step()) is not None:
            yield state

    @property
    def state(self) -> PortfolioState:
        """What the last decision saw; of a market that has ended, what stood at its end."""
        self._require_begun()
        states: dict[str, QuoteState] = {name: m.state for name, m in self.markets.items()}
        return PortfolioState(states, self._instruments)

    @property
    def now(self) -> int:
        """The time, in nanoseconds since 1970 UTC, on our clock."""
        self._require_begun()
        return max(int(market.now) for market in self.markets.values())

    def quote(self, quotes: Mapping[str, Quote]) -> None:
        """Want these quotes, each in its instrument's ticks and lots; a side of size 0 is pulled.

        Errors:
            ConfigError: the names are not those of the markets, all of them.
        """
        self._require_begun()
        if set(quotes) != set(self.markets):
            raise ConfigError(
                f"portfolio: quotes must be of {sorted(self.markets)}, were of {sorted(quotes)}"
            )
        for name in self._open:
            self.markets[name].quote(*quotes[name])

    def run(self, maker: PortfolioMaker) -> PortfolioRun:
        """Quote what a maker answers to each state, to the end of the common span.

        An error of the maker is raised, with a note of when. A quote that can't be used pulls its
        instrument's, and is in that run's `errors`, as a model's is.

        Args:
            maker: any callable PortfolioState -> {name: Quote}, all markets named; such as a
                `MultiAssetMaker` with symbols.
        """
        if not callable(maker):
            raise ConfigError(f"portfolio: maker must be callable, was {maker!r}")
        for state in self:
            try:
                quotes = maker(state)
            except Exception as error:
                error.add_note(f"in the portfolio's maker at {moment_text(self.now)}Z")
                raise
            self.quote(quotes)
        return self.result(_words(maker))

    def result(self, by: str = "by hand") -> PortfolioRun:
        """What came out of the steps taken so far; `by` names who took them."""
        self._require_begun()
        return PortfolioRun({name: market.result(by) for name, market in self.markets.items()})

    def _require_begun(self) -> None:
        if not self._begun:
            raise ConfigError("step the portfolio first: for state in portfolio: ...")


def _check_clocks(markets: Mapping[str, Replay]) -> None:
    steps = {}
    for name, market in markets.items():
        if market.on is not None:
            raise ConfigError(f"portfolio: on must be None, of {name} it was {market.on!r}")
        steps[name] = duration_ns("decide_every", market.decide_every)
    if len(set(steps.values())) > 1:
        said = ", ".join(f"{name} {market.decide_every}" for name, market in markets.items())
        raise ConfigError(f"portfolio: decide_every must be the same for all, was {said}")


def _check_money(markets: Mapping[str, Replay]) -> None:
    currencies = {}
    for name, market in markets.items():
        instrument = _tape(market).instrument
        if instrument.inverse:
            raise ConfigError(
                f"portfolio: {name} ({instrument.symbol}) is inverse: its money is its coin, and "
                "a portfolio's is one quote currency"
            )
        found = QUOTE_CURRENCY.search(PERPETUAL.sub("", instrument.symbol.upper()))
        if found:
            currencies[name] = found[1]
    if len(set(currencies.values())) > 1:
        said = ", ".join(f"{name} {currency}" for name, currency in currencies.items())
        raise ConfigError(f"portfolio: quote currencies must agree, were {said}")


def _cut(markets: Mapping[str, Replay]) -> dict[str, Replay]:
    """Copies of the markets over the span that all have."""
    spans = {}
    for name, market in markets.items():
        times = list(ends(_tape(market)))
        spans[name] = (min(times), max(times))
    begin, end = max(first for first, _ in spans.values()), min(last for _, last in spans.values())
    if begin >= end:
        said = "; ".join(
            f"{name} {moment_text(first)} to {moment_text(last)}"
            for name, (first, last) in spans.items()
        )
        raise ConfigError(f"portfolio: spans must have a common part, were {said}")
    cut = {}
    for name, market in markets.items():
        tape = _tape(market)
        if spans[name] != (begin, end):
            tape = tape.slice(begin, end + 1)
        cut[name] = replace(market, tape=tape, start=None, end=None)
    return cut


def _tape(market: Replay) -> Tape:
    assert isinstance(market.tape, Tape)  # a Replay opens what it is given
    return market.tape


def _words(maker: object) -> str:
    """Its repr, or where that would be an address in memory its name."""
    if isinstance(maker, FunctionType):
        return f"portfolio maker {maker.__name__}"
    plain = type(maker).__repr__ is object.__repr__
    return f"portfolio maker {type(maker).__name__ if plain else repr(maker)}"
