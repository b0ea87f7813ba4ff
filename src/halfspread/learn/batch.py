"""Batch: lanes of a market as a learner steps them: what it sees, what it earns, what ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.lanes_market import LanesMarket
from halfspread.learn.actions import Action, action_of
from halfspread.learn.checks import positive
from halfspread.learn.lanes import Columns, core_lanes
from halfspread.learn.observations import Observation, observation_of
from halfspread.learn.rewards import Profit, Reward, Step
from halfspread.policy import check, one_of, whole

ENDS = ("terminated", "truncated")
Flags = NDArray[np.bool_]


class Batch:
    """n lanes of a market between actions and rewards; env.py gives it Gymnasium's faces.

    Args:
        market: a Brownian, a Replay: any market of lanes.
        n: how many.
        observation, action, reward: as MarketVectorEnv's.
        episode_steps: cuts an episode off after so many steps; None: it goes on to the market's
            end.
        loss_limit: tick-lots: ends an episode that has lost more; None: none does.
        market_end: whether an episode that reaches the market's end is "terminated" or
            "truncated". None: terminated in a world, whose states tell the time that is left;
            truncated in a replay, whose data stop.
    """

    def __init__(
        self,
        market: LanesMarket,
        n: int = 1,
        *,
        observation: str | Sequence[str] | Observation = "features",
        action: str | Action = "offsets",
        reward: Reward | None = None,
        episode_steps: int | None = None,
        loss_limit: float | None = None,
        market_end: str | None = None,
    ) -> None:
        self.n = whole("lanes", n, 1)
        self.observation, self.action = observation_of(observation), action_of(action)
        check("reward", reward is None or callable(reward), "of halfspread.learn.rewards", reward)
        self.reward = Profit() if reward is None else reward
        self.episode_steps, self.loss_limit = episode_steps, loss_limit
        if episode_steps is not None:
            whole("episode_steps", episode_steps, 1)
        if loss_limit is not None:
            positive("environment", loss_limit=loss_limit)
        if market_end is not None:
            one_of("market_end", market_end, ENDS)
        if self.action.takes and not market.orders.taking:
            raise ConfigError("action: unwinding needs orders=OrderPolicy(taking=True)")
        self.core = core_lanes(market, self.n, self.observation.fields)
        self.columns = Columns(**self.core.columns())
        usual = ENDS[0] if self.core.are_apart else ENDS[1]
        self.end_terminates = (market_end or usual) == ENDS[0]
        self.seer = self.observation.of(self.columns)
        self.observation_space = self.observation.space()
        self.action_space = self.action.space()
        self._shape = (self.n, *(self.action_space.shape or ()))

    def begin(self, seed: int) -> NDArray[Any]:
        """All lanes at the first decision of their first episodes; what they see."""
        self.core.begin(seed)
        seen: NDArray[Any] = self.seer.look()
        return seen

    def reset(self, lanes: Flags) -> NDArray[Any]:
        """Begin the next episode of some lanes; what all see."""
        self.columns.anew[:] = lanes
        self.core.reset()
        seen: NDArray[Any] = self.seer.look(lanes)
        return seen

    @property
    def at_the_end_of_a_tape(self) -> bool:
        """Whether a tape that all lanes share has ended."""
        return not self.core.are_apart and bool(self.columns.ended[0])

    def step(
        self, actions: NDArray[Any], anew: Flags | None = None
    ) -> tuple[NDArray[Any], NDArray[np.float64], Flags, Flags]:
        """Observations, rewards, and which lanes terminated and which were truncated.

        Args:
            actions: of all lanes; of those of
            anew: not looked at: their next episodes begin, with a reward of 0.
        """
        if actions.shape != self._shape:
            raise ConfigError(f"actions must be of shape {self._shape}, was {actions.shape}")
        columns = self.columns
        self.action.write(actions, columns)
        columns.anew[:] = 0 if anew is None else anew
        self.core.step()
        terminated, truncated = self._ends()
        rewards = self.reward(
            Step(
                columns.profit,
                columns.edge,
                columns.fees,
                columns.inventory,
                columns.wealth,
                columns.seconds,
                terminated,
            )
        )
        if anew is not None:
            rewards[anew] = 0.0
        return self.seer.look(), rewards, terminated, truncated

    def _ends(self) -> tuple[Flags, Flags]:
        columns = self.columns
        ended = columns.ended.astype(np.bool_)
        other = np.zeros(self.n, np.bool_)
        terminated, truncated = (ended, other) if self.end_terminates else (other, ended)
        if self.loss_limit is not None:
            terminated |= columns.wealth < -self.loss_limit
        if self.episode_steps is not None:
            truncated |= columns.steps >= self.episode_steps
        truncated &= ~terminated
        return terminated, truncated
