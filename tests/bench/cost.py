"""What telling costs: short rounds in turn, so that whatever else the machine does meets all arms alike."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from tests.bench.load import Load, Order
from tests.bench.shops import Shop

LIST = "/products"
TRIVIAL = "/trivial"


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(low, median(values), high)

    def told(self, digits: int) -> str:
        return f"{self.middle:.{digits}f} ({self.low:.{digits}f}–{self.high:.{digits}f})"


@dataclass(frozen=True)
class Sample:
    """One arm's part of one round on one page."""

    per_second: float
    cpu_micros: float


class Costs:
    """Samples by arm and page; the n-th of each come from the same round."""

    def __init__(self) -> None:
        self._samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)

    def add(self, arm: str, page: str, sample: Sample) -> None:
        self._samples[arm, page].append(sample)

    def cpu_micros(self, arm: str, page: str) -> float:
        return median(sample.cpu_micros for sample in self._samples[arm, page])

    def speed_ratio(self, arm: str, page: str, base: str) -> Spread:
        return self._paired(arm, page, base, lambda own, other: own.per_second / other.per_second)

    def cpu_ratio(self, arm: str, page: str, base: str) -> Spread:
        return self._paired(arm, page, base, lambda own, other: own.cpu_micros / other.cpu_micros)

    def added_micros(self, arm: str, page: str, base: str) -> Spread:
        return self._paired(arm, page, base, lambda own, other: own.cpu_micros - other.cpu_micros)

    def _paired(self, arm: str, page: str, base: str, of: Callable[[Sample, Sample], float]) -> Spread:
        both = zip(self._samples[arm, page], self._samples[base, page], strict=True)
        return Spread.of([of(own, other) for own, other in both])


def measure(shops: Mapping[str, Shop], load: Load, *, rounds: int, seconds: float) -> Costs:
    """Let each arm answer each page for `seconds` per round, in a new order every time."""
    costs = Costs()
    turns = [(shop, page) for shop in shops.values() for page in (LIST, TRIVIAL)]
    for shop, page in turns:
        _sample(shop, load, page, seconds=0.5)  # first requests import and connect
    for _ in range(rounds):
        random.shuffle(turns)
        for shop, page in turns:
            costs.add(shop.arm, page, _sample(shop, load, page, seconds=seconds))
    return costs


def _sample(shop: Shop, load: Load, page: str, *, seconds: float) -> Sample:
    before = shop.cpu_seconds()
    done = load.run(Order(shop.port, page, seconds))
    cpu = shop.cpu_seconds() - before
    return Sample(done.count / done.seconds, cpu / done.count * 1e6)
