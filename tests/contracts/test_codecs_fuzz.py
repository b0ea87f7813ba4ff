"""The fuzzer's check of every codec holds for its seeds and for a few hundred mutations of them."""

import importlib.util
import random
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "fuzz" / "codecs_fuzz.py"


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("codecs_fuzz", FUZZ)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mutated(seed, chance):
    """The seed with a few bytes changed, pieces cut out, doubled or moved."""
    text = bytearray(seed)
    for _ in range(chance.randint(1, 5)):
        a, b = sorted(chance.randrange(2, len(text)) for _ in range(2))
        b = min(b, a + 40)
        what = chance.randrange(4)
        if what == 0:
            text[a] = chance.randrange(256)
        elif what == 1 and len(text) > 100:
            del text[a:b]
        elif what == 2:
            text[a:a] = text[a:b]
        else:
            text[a:b] = chance.choice(
                [b"", b"0", b'"', b"[", b"-1", b"\n", b"1e400", b"null", b","]
            )
    text[1] = chance.randrange(256)
    return bytes(text)


def test_the_seeds_pass(fuzz):
    for seed in fuzz.seeds():
        fuzz.check(seed)
    fuzz.check(b"")


def test_mutations_of_the_seeds_pass(fuzz):
    chance = random.Random(7)
    for seed in fuzz.seeds():
        for _ in range(40):
            fuzz.check(mutated(seed, chance))
