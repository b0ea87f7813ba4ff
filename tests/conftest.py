"""What every test shares: Hypothesis does not take a loaded machine for a slow law."""

from hypothesis import settings

settings.register_profile("halfspread", deadline=None)
settings.load_profile("halfspread")
