"""Hawkes words: what the laws of a Hawkes flow rest on or leave out, in sentences."""

from __future__ import annotations

from halfspread.calibrate.hawkes_book import lots_of
from halfspread.calibrate.hawkes_events import (
    FARTHEST,
    LIMIT_DEEP,
    LIMIT_INSIDE,
    LIMIT_TOP,
    MARKET,
    HawkesEvents,
)
from halfspread.calibrate.hawkes_flow_fit import HawkesFlowFit
from halfspread.calibrate.hawkes_rates import FEWEST_OF_A_KIND
from halfspread.evaluate.words import number, percent

SEEN = 0.9
"""Of a kind's events, from which the rest is not worth a word."""
WHERE = {
    "at the best": (LIMIT_TOP,),
    "between them": (LIMIT_INSIDE,),
    "behind": (LIMIT_DEEP,),
    "of the market": (MARKET,),
}
REFUSED = 0.01
"""The probability of a test's distance below which laws are refused."""


def notes_of(fit: HawkesFlowFit, events: HawkesEvents) -> list[str]:
    """The branching ratio, the tests, what can't be seen, and the choices that were made."""
    flow = fit.flow
    many = int(events.counts.sum())
    refused = sum(kind.probability < REFUSED for kind in fit.kinds)
    gain = (fit.log_likelihood - fit.poisson_log_likelihood) / many
    notes = [
        f"{many:,} events; branching ratio {number(fit.radius)} ± {number(fit.radius_error, 2)}, "
        f"log-likelihood {number(gain, 3)} an event above that of constant rates.",
        f"Time-changed gaps are not exponential, at {REFUSED:.0%}, for {refused} of the "
        f"{len(fit.kinds)} kinds.",
        "Jumps are >= 0, what holds back is not looked for; one that the tape can't tell from 0 "
        "is 0, its error null.",
    ]
    hidden = [f"{k.kind} {k.shown:.0%}" for k in fit.kinds if k.shown < SEEN]
    if hidden:
        notes.append(
            "Of these kinds the book had room for a part only, and what it has no room for is not "
            f"seen but reckoned with in the mean: {', '.join(hidden)}."
        )
    if fit.silent:
        notes.append(
            "With what these bring on where the book has no room for them the flow would explode: "
            f"they are taken to bring on nothing: {', '.join(fit.silent)}."
        )
    rare = [kind.kind for kind in fit.kinds if kind.events < FEWEST_OF_A_KIND]
    if rare:
        notes.append(f"Fewer than {FEWEST_OF_A_KIND} events, not excited: {', '.join(rare)}.")
    for name, error in (("top", fit.top_error), ("deep", fit.deep_error)):
        if error is None:
            notes.append(
                f"Most cancel_{name} take one order: {name}_cancelled can't be told from "
                f"the rate; it is one over the mean number of orders there, "
                f"{number(getattr(flow, f'{name}_cancelled'), 3)}."
            )
    lots = [
        f"{number(float(lots_of(events, *acts).mean()), 3)} {where}"
        for where, acts in WHERE.items()
        if len(lots_of(events, *acts))
    ]
    notes.append(
        f"Orders have on average so many lots: {', '.join(lots)}. The flow has one law of sizes, "
        "that of all but those behind the best."
    )
    if events.left_out > 0:
        notes.append(
            f"{percent(events.left_out)} of limit orders and cancellations are more than "
            f"{FARTHEST} ticks behind the best price, and left out."
        )
    if events.cut:
        notes.append("The tape is longer: its first part, up to that many events, was taken.")
    return notes
