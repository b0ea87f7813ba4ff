"""Calibrate: a tape in, parameters with errors out; and what it can't say, with the reason."""

from halfspread.calibrate.calibration import (
    Calibration,
    calibrate_tape,
    read_feed_latency,
    read_parameters,
)
from halfspread.calibrate.correlation import correlation
from halfspread.calibrate.exponential import Exponential, poisson_fit
from halfspread.calibrate.feed_delays import FeedDelays, read_feed_delays
from halfspread.calibrate.hawkes import fit_process, hawkes
from halfspread.calibrate.impact import impact
from halfspread.calibrate.intensity import intensity
from halfspread.calibrate.latency import feed_latency
from halfspread.calibrate.markout import mark_outs, run_mark_out
from halfspread.calibrate.microprice import MicroPrice, micro_price
from halfspread.calibrate.own_fills import own_fills
from halfspread.calibrate.record import CalibrationError, Record, read_record
from halfspread.calibrate.volatility import volatility
from halfspread.calibrate.waiting import tutorial_fit, waiting
from halfspread.calibrate.world import World, calibrate_world

__all__ = [
    "Calibration",
    "CalibrationError",
    "Exponential",
    "FeedDelays",
    "MicroPrice",
    "Record",
    "World",
    "calibrate_tape",
    "calibrate_world",
    "correlation",
    "feed_latency",
    "fit_process",
    "hawkes",
    "impact",
    "intensity",
    "mark_outs",
    "micro_price",
    "own_fills",
    "poisson_fit",
    "read_feed_delays",
    "read_feed_latency",
    "read_parameters",
    "read_record",
    "run_mark_out",
    "tutorial_fit",
    "volatility",
    "waiting",
]
