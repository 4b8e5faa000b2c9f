"""Text widths without a typeface: the advance widths that Helvetica, Arial and Liberation Sans share.

Layout needs widths before the picture is drawn, and the typeface of the reader is unknown. So text is laid out by these
widths, and every text has a `textLength`, to which a wider or narrower typeface is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import combining, east_asian_width

_REGULAR = """
278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584
584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278
278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500
500 334 260 334 584
"""
_BOLD = """
278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 584 584
584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333
278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556
500 389 280 389 584
"""
# The advance widths of Helvetica and Helvetica Bold (Adobe Font Metrics, which Arial and Liberation Sans share), in
# thousandths of the size, from the space to the tilde; and the ellipsis, which cut lines end in.
WIDTHS = tuple({chr(32 + n): int(w) for n, w in enumerate(table.split())} | {"…": 1000} for table in (_REGULAR, _BOLD))
WIDE, OTHER = 1050, 700
"""The widths of other characters: full-width ones of East Asian scripts, and a generous width for the rest."""


@dataclass(frozen=True)
class Face:
    """The size of a text in pixels, and its weight."""

    size: float
    bold: bool = False

    def wide(self, text: str) -> float:
        """The width of a line in pixels.

        >>> Face(10).wide("role"), Face(10, bold=True).wide("role")
        (16.67, 18.34)
        """
        table = WIDTHS[self.bold]
        return round(sum(table[c] if c in table else _other(c) for c in text) * self.size / 1000, 3)


def exact(text: str) -> bool:
    """Whether the width of every character is known, so that fitting a typeface to the width barely distorts it."""
    return all(c in WIDTHS[0] for c in text)


def _other(sign: str) -> int:
    if combining(sign):
        return 0
    return WIDE if east_asian_width(sign) in "WF" else OTHER
