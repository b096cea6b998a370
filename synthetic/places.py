"""Where children live: home and placement postcodes, homes and agencies. All invented, in sectors that exist."""

import random
from dataclasses import dataclass
from functools import cache

import numpy as np

from synthetic import facts
from synthetic.chance import Chance

# what a unit of a postcode is made of (C, I, K, M, O and V are never used)
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
METRES_IN_20_MILES = 32_187

OWN, NEAR, FAR, OUTSIDE_ENGLAND = range(4)


@dataclass(frozen=True)
class Provider:
    """A registered home or agency: its number begins with 9, as no real one does."""

    urn: str
    sector: int
    unit: str


@dataclass(frozen=True)
class Surroundings:
    """Postcode sectors seen from one authority: in it, within 20 miles, farther away in England, beyond England."""

    sectors: tuple[tuple[int, ...], ...]
    homes: tuple[tuple[Provider, ...], ...]
    supported: tuple[tuple[Provider, ...], ...]
    secure: tuple[Provider, ...]
    residential: tuple[Provider, ...]


def postcode(sector: int, unit: str) -> str:
    return facts.postcode_sectors()[0][sector] + unit


def unit(dice: random.Random) -> str:
    return UNIT_LETTERS[int(dice.random() * 20)] + UNIT_LETTERS[int(dice.random() * 20)]


@cache
def _by_authority() -> tuple[tuple[tuple[int, ...], ...], ...]:
    _, at, _, countries = facts.postcode_sectors()
    owner = facts.sector_authority()
    england = np.array([country == "England" for country in countries])
    found = []
    for la_code in facts.la_codes():
        own = np.array([who == la_code for who in owner])
        middle = at[own].mean(axis=0)
        distance = np.hypot(*(at - middle).T)
        near = england & ~own & (distance < METRES_IN_20_MILES * 0.75)
        far = england & (distance > METRES_IN_20_MILES * 1.35) & (distance < 300_000)
        found.append(tuple(tuple(int(i) for i in np.flatnonzero(kind)) for kind in (own, near, far, ~england)))
    return tuple(found)


@cache
def _pool(chance: Chance, name: str, first: str, width: int, size: int) -> tuple[Provider, ...]:
    """Providers all over England, half of them in and around London."""
    dice = chance.dice(size, f"providers {name}")
    london = [i for i, who in enumerate(facts.sector_authority()) if who]
    england = [i for i, country in enumerate(facts.postcode_sectors()[3]) if country == "England"]
    pool = []
    for number in range(size):
        from_where = london if dice.random() < 0.5 else england
        pool.append(Provider(first + str(number).zfill(width), from_where[int(dice.random() * len(from_where))], unit(dice)))
    return tuple(pool)


@cache
def surroundings(chance: Chance, place: int) -> Surroundings:
    """The sectors and providers one authority uses."""
    sectors = _by_authority()[place]
    kind_of = {sector: kind for kind in (OWN, NEAR, FAR) for sector in sectors[kind]}

    def by_kind(pool: tuple[Provider, ...]) -> tuple[tuple[Provider, ...], ...]:
        return tuple(tuple(one for one in pool if kind_of.get(one.sector) == kind) for kind in (OWN, NEAR, FAR))

    homes = by_kind(_pool(chance, "homes", "SC9", 5, 900))
    supported = by_kind(_pool(chance, "supported", "9", 6, 900))
    # every authority has a home and a house of its own
    own = sectors[OWN][0]
    homes = ((*homes[0], Provider(f"SC98{place:04d}", own, "AA")), *homes[1:])
    supported = ((*supported[0], Provider(f"98{place:05d}", own, "AB")), *supported[1:])
    return Surroundings(
        sectors, homes, supported, _pool(chance, "secure", "SC97", 4, 14), _pool(chance, "residential", "SC96", 4, 60)
    )
