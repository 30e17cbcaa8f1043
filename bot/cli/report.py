"""The evaluation as one page: figures beside the baselines, confusion matrices, calibration, what was missed."""

import html
from collections import Counter
from pathlib import Path

import plotly.graph_objects as go
from plotly.io import to_html

from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import triggers
from bot.cli.measures import FINAL, Figure, Pairs, by_kind, category_score, place_of, sent_to_person, trigger_right
from bot.cli.reliability import bins

STYLE = (
    "<style>body{font-family:sans-serif;margin:2em}td,th{padding:.2em .6em;text-align:left;vertical-align:top}</style>"
)


def write_report(
    file: Path, sets: dict[str, dict[str, dict[str, Figure]]], read: dict[str, tuple[Pairs, Pairs]]
) -> None:
    """Writes a page that needs no network: Plotly's script is inside it. It shows sentences: test sets only, never residents'."""
    parts = [f"<!doctype html><html lang=zh><meta charset=utf-8><title>理解评测</title>{STYLE}<h1>理解评测</h1>"]
    script = True
    for name, (intake, handoff) in read.items():
        parts += [f"<h2>{html.escape(name)}</h2>", _table(sets[name])]
        for figure in (_categories(intake), _types(intake), _triggers(handoff), _calibration(intake)):
            parts.append(to_html(figure, full_html=False, include_plotlyjs=script))
            script = False
        parts.append(_personal(intake))
        if name != FINAL:  # whoever reads its sentences will write the next ones for it
            parts.append(_misses(intake, handoff))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(parts), encoding="utf-8")


def _table(columns: dict[str, dict[str, Figure]]) -> str:
    first = next(iter(columns.values()))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td>"
        + "".join(_cell(figures.get(name)) for figures in columns.values())
        + "</tr>"
        for name in first
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _cell(figure: Figure | None) -> str:
    return "<td></td>" if figure is None else f"<td>{figure.value:.3f}（{figure.count}）</td>"


def _matrix(title: str, pairs: list[tuple[str, str]], labels: list[str]) -> go.Figure:
    counts = Counter(pairs)
    cells = [[counts[truth, told] for told in labels] for truth in labels]
    figure = go.Figure(go.Heatmap(z=cells, x=labels, y=labels, colorscale="Blues"))
    figure.update_layout(title=title, xaxis_title="判成", yaxis_title="实际", yaxis_autorange="reversed", height=700)
    return figure


def _categories(intake: Pairs) -> go.Figure:
    name = taxonomy().name
    pairs = [(name(e["category"]), name(u["category"])) for e, u in intake]
    return _matrix("一级类目", pairs, [name(code) for code in taxonomy().first_level()])


def _types(intake: Pairs) -> go.Figure:
    return _matrix("诉求类型", [(e["type"], u["type"]) for e, u in intake], list(taxonomy().types))


def _triggers(handoff: Pairs) -> go.Figure:
    pairs = [(e["trigger"] or "无", u["trigger"] or "无") for e, u in handoff]
    return _matrix("触发器", pairs, [*triggers(), "无"])


def _calibration(intake: Pairs) -> go.Figure:
    filled = bins(intake)
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="说多少就是多少")
    figure.add_scatter(
        x=[b.told for b in filled],
        y=[b.right for b in filled],
        text=[f"{b.count} 句" for b in filled],
        mode="lines+markers",
        name="二级类目",
    )
    figure.update_layout(title="把握与正确率", xaxis_title="把握", yaxis_title="正确率", height=500)
    return figure


def _personal(intake: Pairs) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(kind)}</td><td>{both}</td><td>{gold}</td><td>{read}</td></tr>"
        for kind, (both, gold, read) in by_kind(intake).items()
    )
    return f"<h3>个人信息</h3><table><tr><th>种类</th><th>找对</th><th>应有</th><th>报出</th></tr>{rows}</table>"


def _misses(intake: Pairs, handoff: Pairs) -> str:
    wrong = [
        (row["text"], row["subcategory"], f"{got['subcategory']} {got['confidence']:.2f}")
        for row, got in intake
        if category_score(row, got) < 1
    ]
    wrong += [
        (row["text"], row["location"] or "没有地点", place_of(got) or "没有地点")
        for row, got in intake
        if row["location"] != place_of(got)
    ]
    wrong += [
        (row["text"], row["trigger"] or "无", got["trigger"] or ("边界" if sent_to_person(got) else "无"))
        for row, got in handoff
        if not (trigger_right(row, got) if row["trigger"] else not sent_to_person(got))
    ]
    rows = ("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in wrong)
    return "<h3>判错的</h3><table><tr><th>原话</th><th>实际</th><th>判成</th></tr>" + "".join(rows) + "</table>"
