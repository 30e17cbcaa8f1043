"""The reliability diagram of the category's confidence, as SVG: what was told against how often it was right."""

from dataclasses import dataclass

import numpy as np

from bot.cli.measures import Pairs, calibration_error, confidences

BINS = 10
SIDE, EDGE = 400, 50  # the square and the room around it, in pixels


@dataclass(frozen=True)
class Bin:
    """Sentences of one tenth of confidence: their mean confidence, the share that was right, their number."""

    told: float
    right: float
    count: int


def bins(intake: Pairs) -> list[Bin]:
    """The tenths in which there are sentences, from low to high."""
    told, right = confidences(intake)
    places = np.minimum((told * BINS).astype(int), BINS - 1)
    inside = [places == b for b in range(BINS)]
    return [Bin(float(told[i].mean()), float(right[i].mean()), int(i.sum())) for i in inside if i.any()]


def diagram(intake: Pairs) -> str:
    """One picture, readable on a light and on a dark page."""
    filled = bins(intake)
    most = max((b.count for b in filled), default=1)
    bars = "".join(_bar(b, most) for b in filled)
    points = " ".join(f"{_x(b.told):.1f},{_y(b.right):.1f}" for b in filled)
    dots = "".join(
        f'<circle cx="{_x(b.told):.1f}" cy="{_y(b.right):.1f}" r="4" fill="#1558a6"><title>把握 {b.told:.2f}，'
        f"正确 {b.right:.2f}，{b.count} 句</title></circle>"
        for b in filled
    )
    size = SIDE + 2 * EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}"'
        f' font-family="sans-serif" font-size="13" role="img" aria-label="二级类目的把握与正确率">'
        f'<rect width="{size}" height="{size}" fill="white"/>{bars}'
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#888" stroke-dasharray="5 5"/>'
        f'<polyline points="{points}" fill="none" stroke="#1558a6" stroke-width="2"/>{dots}{_axes()}'
        f'<text x="{_x(0.04):.0f}" y="{_y(0.94):.0f}">{sum(b.count for b in filled)} 句，校准误差 '
        f"{calibration_error(intake):.3f}</text></svg>\n"
    )


def _bar(b: Bin, most: int) -> str:
    """How many sentences, in grey at the foot."""
    height = 0.2 * SIDE * b.count / most
    left = _x(min(int(b.told * BINS), BINS - 1) / BINS)
    return f'<rect x="{left:.1f}" y="{_y(0) - height:.1f}" width="{SIDE / BINS - 2}" height="{height:.1f}" fill="#d5dce5"/>'


def _axes() -> str:
    ticks = "".join(
        f'<text x="{_x(v):.0f}" y="{_y(0) + 18:.0f}" text-anchor="middle">{v:.1f}</text>'
        f'<text x="{_x(0) - 8:.0f}" y="{_y(v) + 4:.0f}" text-anchor="end">{v:.1f}</text>'
        for v in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    frame = f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#444"/>'
    names = (
        f'<text x="{_x(0.5)}" y="{_y(0) + 38}" text-anchor="middle">说有几成把握</text>'
        f'<text x="{EDGE}" y="{EDGE - 12}">实际有几成是对的（灰条：多少句）</text>'
    )
    return frame + ticks + names


def _x(value: float) -> float:
    return EDGE + SIDE * value


def _y(value: float) -> float:
    return EDGE + SIDE * (1 - value)
