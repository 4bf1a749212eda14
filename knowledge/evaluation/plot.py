"""The reliability plot: how often answers of some confidence are right; on the diagonal, confidence means what it says.

Drawn by hand: none of the dependencies draws, matplotlib is too heavy for one plot, and pygal's drawings load a
script from another host, which nothing of Wegwijs does.
"""

import math
from collections.abc import Iterator, Sequence

from knowledge.evaluation.scorecard import Bin

_SIDE = 300
_LEFT, _TOP = 60, 20
_TICKS = (0, 20, 40, 60, 80, 100)
_BIGGEST, _SMALLEST = 14.0, 2.0
"""The radius of the bin with most answers; the area of the others follows from their number, while it can be seen."""
_FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">
<title>Confidence of the answers sent, and how often they are right</title>
<rect width="400" height="400" fill="#fff"/>
<g font-family="sans-serif" font-size="12">
<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#4c5b5d"/>
<path d="M{left} {bottom}L{right} {top}" stroke="#6d7c7d" stroke-dasharray="4 4"/>
<text x="{middle}" y="{below}" text-anchor="middle">confidence of the answer (%)</text>
<text transform="translate(18 {centre}) rotate(-90)" text-anchor="middle">right (%)</text>"""


def reliability_plot(bins: Sequence[Bin]) -> str:
    """An SVG with a dot for each bin, as big as its number of answers, which is written beside it."""
    frame = _FRAME.format(
        left=_LEFT,
        top=_TOP,
        right=_LEFT + _SIDE,
        bottom=_TOP + _SIDE,
        middle=_LEFT + _SIDE // 2,
        centre=_TOP + _SIDE // 2,
        below=_TOP + _SIDE + 48,
    )
    return "\n".join([frame, *_ticks(), *_dots(bins), "</g>\n</svg>"])


def _ticks() -> Iterator[str]:
    for tick in _TICKS:
        yield f'<text x="{_x(tick):.0f}" y="{_TOP + _SIDE + 20}" text-anchor="middle">{tick}</text>'
        yield f'<text x="{_LEFT - 8}" y="{_y(tick) + 4:.0f}" text-anchor="end">{tick}</text>'


def _dots(bins: Sequence[Bin]) -> Iterator[str]:
    most = max((each.right.whole for each in bins), default=1)
    for each in bins:
        x, y = _x(100 * each.confidence), _y(each.right.percent or 0)
        radius = max(_SMALLEST, _BIGGEST * math.sqrt(each.right.whole / most))
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#0f5257" fill-opacity=".75"/>'
        yield f'<text x="{x + radius + 3:.1f}" y="{y + 4:.1f}">{each.right.whole}</text>'


def _x(percent: float) -> float:
    return _LEFT + _SIDE * percent / 100


def _y(percent: float) -> float:
    return _TOP + _SIDE * (1 - percent / 100)
