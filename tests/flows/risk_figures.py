"""Measures the risk screen: what it hears in each category, how long it takes, and the slowest text a search can find.

    .venv/bin/python -m tests.flows.risk_figures [seconds of search]

Figures, not tests: a busy machine must not fail a build.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from flows.risk import packaged, screen

DATA = Path(__file__).parent / "data"
LONGEST = 1600
_ADDED = ("not", "i", "my", "to", "want", "client", "said", '"', ",", "and", "k i l l", "su1cide", "s**c*de", "...")


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate."""
    rate, z = hits / of, 1.96
    middle, half = rate + z * z / (2 * of), z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    return max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of))


def accuracy() -> None:
    """Print how many rows of each category are given a level."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for name in ("risk_rows.jsonl", "risk_phrases.jsonl", "risk_batches.jsonl"):
        for line in (DATA / name).read_text("utf-8").splitlines():
            row = json.loads(line)
            kind = "held out" if row.get("held_out") else name
            for category in (row["category"], "all risk" if row["label"] > 0 else "all harmless"):
                count = counts[kind, category]
                count[0] += screen(row["text"]).level > 0
                count[1] += 1
    for (kind, category), (hits, of) in sorted(counts.items()):
        low, high = wilson(hits, of)
        print(f"{kind:20} {category:18} {hits:5}/{of:<5} {hits / of:7.1%}  {low:.1%} to {high:.1%}")


def timed(text: str, times: int = 5) -> float:
    """Return the quickest of several readings, in milliseconds: a busy machine may slow one, not all."""
    best = math.inf
    for _ in range(times):
        start = perf_counter()
        screen(text)
        best = min(best, perf_counter() - start)
    return best * 1e3


def speed() -> None:
    """Print median and 99th percentile over ordinary and risky texts."""
    texts = [json.loads(line)["text"] for line in (DATA / "risk_batches.jsonl").read_text("utf-8").splitlines()]
    texts += (DATA / "ordinary.txt").read_text("utf-8").splitlines()
    times = sorted(timed(text, 3) for text in texts)
    at: Callable[[float], float] = lambda part: times[int(part * (len(times) - 1))]  # noqa: E731
    print(f"{len(times)} texts: median {at(0.5):.3f} ms, 99th percentile {at(0.99):.3f} ms, slowest {at(1):.3f} ms")


def slowest(seconds: float) -> None:
    """Climb towards the slowest text of 1,600 characters, and print it."""
    chance = random.Random(1)
    words = [*sorted(packaged().by_word), *_ADDED]
    best, cost = "", 0.0
    end = perf_counter() + seconds
    while perf_counter() < end:
        base = best.split() if best and chance.random() < 0.9 else chance.choices(words, k=8)
        for _ in range(chance.randint(1, 6)):
            base.insert(chance.randrange(len(base) + 1), chance.choice(words))
        if chance.random() < 0.3:
            base = base[: chance.randint(1, 12)] * 200
        text = " ".join(base)[:LONGEST].ljust(LONGEST, "e")
        took = timed(text, 2)
        if took > cost and (took := timed(text, 7)) > cost:
            best, cost = text, took
    print(f"slowest of {seconds:.0f} s of search: {cost:.2f} ms for {best!r}")


if __name__ == "__main__":
    accuracy()
    speed()
    slowest(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
