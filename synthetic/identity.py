"""The names by which systems know a child: child numbers, pupil numbers and why there is none; no names of people."""

import numpy as np
import numpy.typing as npt

from loaders.mark import CHILD_NUMBER_PREFIX
from synthetic import facts
from synthetic.chance import Chance, branch
from synthetic.days import Days, birthday, collection_year, day
from synthetic.lives import FAMILY, UNACCOMPANIED, Flags, Ints, People

# check letters of a pupil number: I, O and S are left out
CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
Texts = npt.NDArray[np.str_]


def check_letter(twelve: str) -> str:
    """The letter that must stand before the last twelve characters of a pupil number.

    Sum of digit × its place (2 to 13), modulo 23; a temporary number's final letter counts by its place in the list.
    """
    values = [int(c) if c.isdigit() else CHECK_LETTERS.index(c) for c in twelve]
    return CHECK_LETTERS[sum(value * place for place, value in enumerate(values, start=2)) % 23]


def person_id(who: People) -> Texts:
    """Stable name of a person in truth/: authority and year of the first referral, group, place in that cohort."""
    codes = np.array(facts.la_codes())
    parts = (
        codes[who.home],
        who.cohort.astype(str),
        np.where(who.group == UNACCOMPANIED, "u", "f"),
        np.char.zfill(who.number.astype(str), 6),
    )
    name = parts[0]
    for part in parts[1:]:
        name = np.char.add(np.char.add(name, "-"), part)
    return name


def child_number(who: People, identity: Ints, authority: int) -> Texts:
    """The child's number in one authority (both returns); a new one after an adoption, and another elsewhere.

    Numbers repeat between authorities, as real ones do: SYN2021100042 is another child in every authority.
    """
    native = who.home == authority
    series = np.where(who.group == FAMILY, 1, 2) + np.where(native, 0, 2) + 4 * np.minimum(identity, 1)
    serial = np.where(
        native,
        np.char.zfill(who.number.astype(str), 6),
        np.char.add(np.char.zfill(who.home.astype(str), 2), np.char.zfill(who.number.astype(str), 5)),
    )
    number = np.char.add(CHILD_NUMBER_PREFIX, who.cohort.astype(str))
    return np.char.add(np.char.add(number, series.astype(str)), serial)


def upn(who: People, identity: Ints, former: bool = False) -> Texts:
    """The pupil number a child has or will have: unique over London, with its check letter."""
    codes = np.array(facts.la_codes())
    series = np.where(who.group == FAMILY, 0, 1) + 2 * np.minimum(identity, 1) + (5 if former else 0)
    digits = np.char.add(codes[who.home], np.char.zfill((who.cohort % 100).astype(str), 2))
    digits = np.char.add(np.char.add(digits, series.astype(str)), np.char.zfill(who.number.astype(str), 6))
    places = digits.astype("U12").view("U1").reshape(len(digits), 12).astype(np.int64)
    letter = np.array(list(CHECK_LETTERS))[(places * np.arange(2, 14)).sum(axis=1) % 23]
    return np.char.add(letter, digits)


def _school_start(birth: Days, age: int) -> Days:
    """1 September on or after a birthday."""
    turned = birthday(birth, age)
    year = collection_year(turned)  # April to March: the September inside it, or the next one
    september = np.array([day(int(y) - 1, 9, 1) for y in year], dtype=np.int64)
    following = np.array([day(int(y), 9, 1) for y in year], dtype=np.int64)
    return np.where(turned <= september, september, following)


def pupil_number_known(chance: Chance, who: People, reference: int) -> tuple[Flags, Texts]:
    """(whether the authority knows the pupil number on a day, the reason code where it does not).

    The reason only ever moves forward: too young (UN1), then one lasting reason or the number itself.
    """
    school = _school_start(who.birth, 4)
    nursery = np.where(chance.happens(who.key, "nursery upn", facts.rates()["nursery_upn"]), _school_start(who.birth, 3), school)
    unaccompanied = who.group == UNACCOMPANIED
    has = chance.happens(who.key, "has upn", np.where(unaccompanied, 0.25, facts.rates()["has_upn"]))
    known_from = np.where(unaccompanied, who.first_referral + 150, nursery)
    reasons = np.array(["UN2", "UN3", "UN5"])[chance.pick(who.key, "no upn", (55, 30, 15))]
    reasons = np.where(unaccompanied, "UN3", reasons)
    return has & (reference >= known_from), np.where(school > reference, "UN1", reasons)


def had_former_upn(chance: Chance, who: People) -> Flags:
    return chance.happens(branch(who.key, 7), "former upn", facts.rates()["former_upn"])
