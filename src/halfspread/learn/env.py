"""Env: a market as Gymnasium's environment: one lane as an Env, n lanes as a VectorEnv.

envs = MarketVectorEnv(hs.Brownian("1s", ...), 1024, observation=("inventory", "time_left"))
seen, _ = envs.reset(seed=1)
seen, rewards, terminated, truncated, _ = envs.step(envs.action_space.sample())
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from halfspread.errors import ConfigError
from halfspread.lanes_market import LanesMarket
from halfspread.learn.batch import Batch, Flags

LARGEST_SEED = 2**63 - 1


class MarketEnv(gymnasium.Env[NDArray[Any], Any]):
    """One lane of a market: each step is a decision, from quotes to the next state.

    A `reset` begins the next episode: in a world with a market of its own, a function of (seed,
    lane, number of the episode); in a replay where the tape stands, without inventory, and at the
    tape's end from its beginning. `reset(seed=...)` begins with the first again.

    Args:
        market: a Brownian, a Replay: any market of lanes. Its `lanes` and `seed` are not used;
            `first_lane` says which lane of a MarketVectorEnv this is.
        observation: "features" (Features), names of fields of QuoteState (Fields), or such an
            object.
        action: "offsets", "half_spread_and_lean", "five", or an object of `learn.actions`.
        reward: of `learn.rewards`; None: Profit.
        episode_steps, loss_limit, market_end: as `learn.Batch` has them.
    Errors:
        ConfigError: a parameter out of its range; a market with a guard, an action that takes in
            a market whose orders don't.

    >>> import halfspread as hs
    >>> world = hs.Brownian("1s", volatility=2, fill_intensity=5, fill_decay=0.3, fills="discrete")
    >>> env = MarketEnv(world, observation=("inventory", "time_left"))
    >>> env.reset(seed=7)[0].tolist()
    [0.0, 1.0]
    >>> env.step(np.array([1.0, 1.0]))[0].tolist()[1]
    0.9
    """

    metadata = {"render_modes": []}  # noqa: RUF012 (Gymnasium's own type)

    def __init__(self, market: LanesMarket, **options: Any) -> None:
        self.batch = Batch(market, 1, **options)
        self.observation_space = self.batch.observation_space
        self.action_space = self.batch.action_space
        self._seed: int | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """The first observation of the next episode, or with a seed of its first."""
        super().reset(seed=seed)
        if seed is None and self._seed is not None:
            return self.batch.reset(np.ones(1, np.bool_))[0].copy(), {}
        self._seed = drawn_seed(self.np_random) if seed is None else seed
        return self.batch.begin(self._seed)[0].copy(), {}

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Quote, and see what came of it."""
        if self._seed is None:
            raise ConfigError("reset the environment before its first step")
        actions = np.asarray(action)[np.newaxis]
        seen, rewards, terminated, truncated = self.batch.step(actions)
        return seen[0].copy(), float(rewards[0]), bool(terminated[0]), bool(truncated[0]), {}


class MarketVectorEnv(gymnasium.vector.VectorEnv[NDArray[Any], NDArray[Any], NDArray[Any]]):
    """Lanes of one market as environments that are stepped together, each with its own episodes.

    Lane i is, number by number, a MarketEnv of the same market with first_lane + i, whatever the
    other lanes do; those of a replay share its tape and end together with it.

    Args:
        market: as MarketEnv's.
        num_envs: how many lanes.
        autoreset_mode: of gymnasium.vector.AutoresetMode. NEXT_STEP: the step after an episode's
            last begins the next one, its action unused, its reward 0. SAME_STEP: the last step
            answers with the next episode's first observation, and `final_obs` in its infos.
            DISABLED: by hand, `reset(options={"reset_mask": flags})`.
        copy: False gives the buffer in which what is seen is written, which the next step writes
            over; fields of a state are then the core's own array.
        options: as MarketEnv's.
    """

    def __init__(
        self,
        market: LanesMarket,
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        **options: Any,
    ) -> None:
        super().__init__()
        self.batch = Batch(market, num_envs, **options)
        self.num_envs, self.copy = self.batch.n, copy
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {"render_modes": [], "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = self.batch.observation_space
        self.single_action_space = self.batch.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._seed: int | None = None
        self._over: Flags = np.zeros(self.num_envs, np.bool_)
        self._any_over = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """First observations: with a seed of the first episodes, without of the next ones.

        Args:
            seed: of all lanes, which differ by their numbers.
            options: {"reset_mask": flags} begins the next episodes of some lanes alone.
        """
        super().reset(seed=seed)
        mask: Flags = np.ones(self.num_envs, np.bool_)
        if options and "reset_mask" in options:
            mask = self._mask(options["reset_mask"], seed)
        if seed is None and self._seed is not None:
            seen = self.batch.reset(mask)
        else:
            self._seed = drawn_seed(self.np_random) if seed is None else seed
            seen = self.batch.begin(self._seed)
        self._over = self._over & ~mask
        self._any_over = bool(self._over.any())
        return self._given(seen), {}

    def step(
        self, actions: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """Quote in all lanes, and see what came of it."""
        if self._seed is None:
            raise ConfigError("reset the environments before their first step")
        anew = self._over if self._any_over else None
        if anew is not None and self.autoreset_mode is AutoresetMode.DISABLED:
            raise ConfigError("reset lanes whose episodes are over: reset_mask")
        seen, rewards, terminated, truncated = self.batch.step(np.asarray(actions), anew)
        over = terminated | truncated
        self._over, self._any_over = over, bool(over.any())
        infos: dict[str, Any] = {}
        if self._any_over and self.autoreset_mode is AutoresetMode.SAME_STEP:
            infos = self._finals(seen, over)
            seen = self.batch.reset(over)
            self._over, self._any_over = np.zeros(self.num_envs, np.bool_), False
        return self._given(seen), rewards, terminated, truncated, infos

    def _given(self, seen: NDArray[Any]) -> NDArray[Any]:
        return seen.copy() if self.copy else seen

    def _finals(self, seen: NDArray[Any], over: Flags) -> dict[str, Any]:
        """The last observations of episodes, as Gymnasium lays them out."""
        finals = np.full(self.num_envs, None, object)
        for lane in np.flatnonzero(over):
            finals[lane] = seen[lane].copy()
        return {
            "final_obs": finals,
            "_final_obs": over.copy(),
            "final_info": {},
            "_final_info": over.copy(),
        }

    def _mask(self, mask: Any, seed: int | None) -> Flags:
        flags = np.asarray(mask)
        if flags.dtype != np.bool_ or flags.shape != (self.num_envs,) or not flags.any():
            raise ConfigError(f"reset_mask must be {self.num_envs} flags, one set, was {mask!r}")
        if seed is not None:
            raise ConfigError(f"seed: with a reset_mask there is none, was {seed!r}")
        if self.batch.at_the_end_of_a_tape and not flags.all():
            raise ConfigError("reset_mask: a tape that has ended has ended for all lanes")
        return flags


def drawn_seed(random: np.random.Generator) -> int:
    """A seed that was not given."""
    return int(random.integers(LARGEST_SEED))
