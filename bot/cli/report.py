"""The evaluation as one page: figures, confusion matrices, calibration, what was missed."""

import html
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.io import to_html

from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import triggers

Understood = tuple[dict[str, Any], dict[str, Any]]
BINS = 10


def write_report(
    file: Path, figures: dict[str, dict[str, tuple[float, int]]], read: dict[str, tuple[list, list]]
) -> None:
    """Writes a page that needs no network: Plotly's script is inside it."""
    parts = [
        "<!doctype html><html lang=zh><meta charset=utf-8><title>理解评测</title><h1>理解评测</h1>",
        _table(figures),
    ]
    script = True
    for name, (intake, handoff) in read.items():
        parts.append(f"<h2>{html.escape(name)}</h2>")
        for figure in (_categories(intake), _types(intake), _triggers(handoff), _calibration(intake)):
            parts.append(to_html(figure, full_html=False, include_plotlyjs=script))
            script = False
        parts.append(_misses(intake, handoff))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(parts), encoding="utf-8")


def _table(figures: dict[str, dict[str, tuple[float, int]]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in figures)
    rows = [
        f"<tr><td>{html.escape(figure)}</td>"
        + "".join("<td>{:.3f}（{}）</td>".format(*figures[name][figure]) for name in figures)
        + "</tr>"
        for figure in next(iter(figures.values()), {})
    ]
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _matrix(title: str, pairs: list[tuple[str, str]], labels: list[str]) -> go.Figure:
    counts = Counter(pairs)
    cells = [[counts[truth, told] for told in labels] for truth in labels]
    figure = go.Figure(go.Heatmap(z=cells, x=labels, y=labels, colorscale="Blues"))
    figure.update_layout(title=title, xaxis_title="判成", yaxis_title="实际", yaxis_autorange="reversed", height=700)
    return figure


def _categories(intake: list[Understood]) -> go.Figure:
    name = taxonomy().name
    pairs = [(name(e["category"]), name(u["category"])) for e, u in intake]
    return _matrix("一级类目", pairs, [name(code) for code in taxonomy().first_level()])


def _types(intake: list[Understood]) -> go.Figure:
    return _matrix("诉求类型", [(e["type"], u["type"]) for e, u in intake], list(taxonomy().types))


def _triggers(handoff: list[Understood]) -> go.Figure:
    pairs = [(e["trigger"] or "无", u["trigger"] or "无") for e, u in handoff]
    return _matrix("触发器", pairs, [*triggers(), "无"])


def _calibration(intake: list[Understood]) -> go.Figure:
    confidence = np.array([u["confidence"] for _, u in intake])
    right = np.array(
        [u["subcategory"] == e["subcategory"] or u["subcategory"] in (e.get("also") or []) for e, u in intake]
    )
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    filled = [b for b in range(BINS) if (places == b).any()]
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="说多少就是多少")
    figure.add_scatter(
        x=[float(confidence[places == b].mean()) for b in filled],
        y=[float(right[places == b].mean()) for b in filled],
        text=[f"{int((places == b).sum())} 条" for b in filled],
        mode="lines+markers",
        name="二级类目",
    )
    figure.update_layout(title="把握与正确率", xaxis_title="把握", yaxis_title="正确率", height=500)
    return figure


def _misses(intake: list[Understood], handoff: list[Understood]) -> str:
    wrong = [
        (e["text"], e["subcategory"], f"{u['subcategory']} {u['confidence']:.2f}")
        for e, u in intake
        if u["subcategory"] != e["subcategory"] and u["subcategory"] not in (e.get("also") or [])
    ]
    wrong += [
        (e["text"], e["trigger"] or "无", u["trigger"] or "无")
        for e, u in handoff
        if bool(e["trigger"]) != (u["disposition"] == "hand_off")
    ]
    rows = ("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in wrong)
    return "<h3>判错的</h3><table><tr><th>原话</th><th>实际</th><th>判成</th></tr>" + "".join(rows) + "</table>"
