"""Registration: the names by which Gymnasium makes our environments.

gymnasium.make("halfspread/Brownian-v0")
gymnasium.make_vec("halfspread/Replay-v0", num_envs=64, tape="btc.tape", decide_every="1s")
"""

from __future__ import annotations

from gymnasium.envs.registration import register, registry

MAKERS = {
    "halfspread/Brownian-v0": ("brownian", "brownians"),
    "halfspread/LimitOrderBook-v0": ("book", "books"),
    "halfspread/Replay-v0": ("replay", "replays"),
}
"""Functions of `making`: of one environment, and of many."""


def register_environments() -> None:
    """Tell Gymnasium the names; `import halfspread.learn` does."""
    for name, (one, many) in MAKERS.items():
        if name not in registry:
            register(
                id=name,
                entry_point=f"halfspread.learn.making:{one}",
                vector_entry_point=f"halfspread.learn.making:{many}",
            )
