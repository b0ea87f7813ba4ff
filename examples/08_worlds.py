"""Worlds: Avellaneda and Stoikov's table for gamma = 0.1 in their own world, then a rougher one."""

import halfspread as hs

PRICE = 10_000  # ticks in a price of 1
PAPER = {
    "horizon": 1.0,
    "volatility": 2 * PRICE,
    "fill_intensity": 140,
    "fill_decay": 1.5 / PRICE,
    "fills": "linear",  # as the paper draws them
    "mid": 100 * PRICE,
    "instrument": hs.Instrument("PAPER", tick="0.0001", lot=1),
    "decide_every": "5ms",
    "lanes": 1000,
}
makers = {
    "leaning": hs.models.avellaneda_stoikov(
        risk_aversion=0.1 / PRICE, fill_decay=1.5 / PRICE, volatility=2 * PRICE
    ),
    "symmetric": hs.models.fixed_spread(half_spread=1.4918 / 2 * PRICE),
}
rougher = PAPER | {
    "fills": "exact",
    "variance_reversion": 5.0,
    "variance_noise": 3.0,
    "jump_rate": 2.0,
    "jump_size": 0.5 * PRICE,
    "impact": 0.1 * PRICE,  # of each order, after it has filled us
}
for world, numbers in {"the paper's": PAPER, "a rougher one": rougher}.items():
    for name, maker in makers.items():
        end = hs.backtest(maker, hs.Brownian(**numbers)).path["wealth"][-1]
        print(f"{world}, {name}: profit {end.mean():.1f}, standard deviation {end.std():.1f}")
