"""Moments as people write them, ISO text or a datetime, and as a tape counts them, in ns."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from operator import index
from typing import TypeAlias

import numpy as np

from halfspread.errors import ConfigError

Time: TypeAlias = int | str | datetime


def nanoseconds(name: str, time: Time) -> int:
    """Nanoseconds since 1970 UTC: of an integer itself, of ISO text or a datetime; no zone: UTC.

    >>> nanoseconds("start", "2024-08-08T02:00+02:00") == nanoseconds("start", "2024-08-08")
    True

    Errors:
        ConfigError: `time`, the argument called `name`, is none of them.
    """
    moment, fraction = time, "0"
    try:
        if isinstance(moment, str):
            if found := re.search(r"\.(\d{1,9})(?!\d)", moment):
                fraction = found[1].ljust(9, "0")
                moment = moment.replace(found[0], "", 1)
            moment = datetime.fromisoformat(moment)
        if isinstance(moment, datetime):
            since = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
            moment = (since.days * 86400 + since.seconds) * 10**9 + since.microseconds * 1000
            moment += int(fraction) + getattr(since, "nanoseconds", 0)  # pandas has them
        return int(np.int64(index(moment)))
    except (TypeError, ValueError, OverflowError):
        why = f"{name} must be nanoseconds, ISO text or a datetime, was {time!r}"
        raise ConfigError(why) from None


def moment_text(time: int) -> str:
    """ISO text of nanoseconds since 1970 UTC, without its zone.

    >>> moment_text(1_723_075_200_000_000_001)
    '2024-08-08T00:00:00.000000001'
    """
    return str(np.datetime64(int(time), "ns"))
