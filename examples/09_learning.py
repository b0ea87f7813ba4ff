"""Learning: a maker found by search in Avellaneda and Stoikov's world, beside their formula."""

import numpy as np

import halfspread as hs
from halfspread.learn import HalfSpreadAndLean, MarketVectorEnv
from halfspread.learn.rewards import UtilityGain

TICK, AVERSION, DECAY = 100, 0.1, 1.5  # ticks in a price of 1; the paper's risk aversion and k
PAPER = {"horizon": "1s", "volatility": 2 * TICK, "fill_intensity": 140, "decide_every": "5ms"}
world = hs.Brownian(**PAPER, fill_decay=DECAY / TICK, fills="discrete")
action = HalfSpreadAndLean(most_half_spread=300, most_lean=60)
reward = UtilityGain(AVERSION / TICK)
envs = MarketVectorEnv(world, 4096, observation="time_left", action=action, reward=reward)


def profits(makers, seed):
    """The utility and the profit, in ticks, of each lane's half spread and lean in an episode."""
    envs.reset(seed=seed)
    actions = np.clip(makers, envs.action_space.low, envs.action_space.high)
    return sum(envs.step(actions)[1] for _ in range(200)), envs.batch.columns.wealth


random = np.random.default_rng(1)
middle, spread = np.array([150.0, 20.0]), np.array([60.0, 12.0])
for generation in range(12):  # the cross-entropy method: keep the best, draw around them
    makers = random.normal(middle, spread, (256, 2)).repeat(16, axis=0)
    utility = profits(makers, generation)[0].reshape(256, 16).mean(axis=1)
    best = makers[::16][np.argsort(utility)[-26:]]
    middle, spread = best.mean(axis=0), best.std(axis=0)
half, lean = np.log1p(AVERSION / DECAY) / AVERSION * TICK, AVERSION * 4 * TICK  # at the beginning
for name, maker in {"found": middle, "formula": [half + lean / 4, lean / 2]}.items():
    utility, profit = profits(np.tile(maker, (4096, 1)), seed=99)
    worth = -np.log1p(-reward.risk_aversion * utility.mean()) / reward.risk_aversion
    print(
        f"{name}: half spread {maker[0]:.0f}, lean {maker[1]:.0f}, worth {worth:.0f} ticks,", end=""
    )
    print(f" profit {profit.mean():.0f}, standard deviation {profit.std():.0f}")
