"""Disclosure control: what may be shown of a measure, by the rows of seeds/config.

The rules are docs/rules/disclosure_control.md, sections 2 to 4 and 8. The steps, one module each: primary (what a row tells
of itself), nodes, links, lines, relations (the counts behind the cells and how they add up), secondary (the fix-point), bounds,
attack, views, puzzle, walk, programs (what an attacker could still find out), proof (until he finds nothing), rounding, checks
(the last look at what leaves). This package hides and rounds; it computes no measure.
"""

from publishers.disclosure.attack import silent
from publishers.disclosure.checks import check_columns, check_measure, check_measures, small_changes
from publishers.disclosure.protection import Protected, is_measure, no_log, protect, protect_all
from publishers.disclosure.rounding import SHOWN
from publishers.disclosure.rules import CELL, FIGURES, PublicationRefused, Rules, read_rules
from publishers.disclosure.views import QUICK, THOROUGH, Depth

__all__ = [
    "CELL",
    "FIGURES",
    "QUICK",
    "SHOWN",
    "THOROUGH",
    "Depth",
    "Protected",
    "PublicationRefused",
    "Rules",
    "check_columns",
    "check_measure",
    "check_measures",
    "is_measure",
    "no_log",
    "protect",
    "protect_all",
    "read_rules",
    "silent",
    "small_changes",
]
