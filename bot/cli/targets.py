"""The figures as tables: on the terminal, and in docs/understanding.md against what is aimed at."""

from collections import Counter

from bot.boundary.taxonomy import taxonomy
from bot.cli import measures
from bot.cli.measures import FINAL, Figure, Pairs, category_score, sent_to_person

# What issue and domain ask for on the final set: (bound, whether more is better).
TARGETS = {
    measures.LIFE: (0.98, True),
    measures.ALL: (0.95, True),
    measures.FALSE: (0.08, False),
    measures.FALSE_IN_ALL: (0.08, False),
    measures.CATEGORY: (0.90, True),
    measures.SUBCATEGORY: (0.80, True),
    measures.KIND: (0.85, True),
    measures.PLACE: (0.85, True),
    measures.PERSONAL_FOUND: (0.98, True),
    measures.PERSONAL_RIGHT: (0.95, True),
    measures.CALIBRATION: (0.05, False),
}
SHOWN = 8  # confusions listed for each question
Columns = dict[str, dict[str, Figure]]
Sets = dict[str, Columns]


def reached(name: str, figure: Figure) -> bool | None:
    """Whether a figure is as good as aimed at; None where nothing is."""
    if name not in TARGETS:
        return None
    bound, more = TARGETS[name]
    return figure.value >= bound if more else figure.value <= bound


def table(sets: Sets) -> str:
    """Plain text: a line for each figure, the reader's value and its number of sentences for each set, then baselines."""
    names = list(next(iter(next(iter(sets.values())).values())))
    lines = [" " * 14 + "".join(f"{name:>20}" for name in sets)]
    for name in names:
        cells = [_cell(next(iter(columns.values()))[name]) for columns in sets.values()]
        lines.append(_padded(name, 14) + "".join(f"{cell:>20}" for cell in cells) + _verdict(name, sets))
    for set_name, columns in sets.items():
        for column, figures in list(columns.items())[1:]:
            told = "  ".join(f"{name} {figure.value:.3f}" for name, figure in figures.items())
            lines.append(f"{column}（{set_name}）：{told}")
    return "\n".join(lines)


def _verdict(name: str, sets: Sets) -> str:
    told = reached(name, next(iter(sets[FINAL].values()))[name])
    return "" if told is None else f"   {_aim(name)} {'达到' if told else '未达到'}"


def _cell(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.count})"


def _padded(text: str, width: int) -> str:
    return text + " " * max(1, width - sum(2 if ord(char) > 0x2E80 else 1 for char in text))


def _aim(name: str) -> str:
    bound, more = TARGETS[name]
    return f"{'≥' if more else '≤'} {bound:.2f}"


def documented(sets: Sets, final: tuple[Pairs, Pairs]) -> str:
    """Markdown: targets, both sets, baselines, and what was confused on the final set."""
    columns = list(next(iter(sets.values())))
    others = columns[1:]
    head = ["", "目标", "开发集", "最终集", "95% 区间", "", *(f"{name}（最终集）" for name in others)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, figure in sets[FINAL][columns[0]].items():
        verdict = {True: "达到", False: "**未达到**", None: ""}[reached(name, figure)]
        row = [name, _aim(name) if name in TARGETS else "", _cell(sets["dev"][columns[0]][name]), _cell(figure)]
        beside = [f"{sets[FINAL][other][name].value:.3f}" if name in sets[FINAL][other] else "" for other in others]
        lines.append("| " + " | ".join([*row, _interval(figure), verdict, *beside]) + " |")
    return "\n".join([*lines, "", *_confusions(*final)])


def _interval(figure: Figure) -> str:
    bounds = figure.interval()
    return f"{bounds[0]:.3f}–{bounds[1]:.3f}" if bounds else ""


def _confusions(intake: Pairs, handoff: Pairs) -> list[str]:
    """What went wrong most often, in labels only: the sentences themselves are in the report."""
    name = taxonomy().name
    wrong = [
        (name(row["subcategory"]), name(got["subcategory"])) for row, got in intake if not category_score(row, got)
    ]
    kinds = [(row["type"], got["type"]) for row, got in intake if row["type"] != got["type"]]
    missed = [(row["trigger"], "没转人工") for row, got in handoff if row["trigger"] and not sent_to_person(got)]
    needless = [
        (f"像{row['lookalike']}", got["trigger"] or "边界规定由人办")
        for row, got in handoff
        if not row["trigger"] and sent_to_person(got)
    ]
    return [
        f"- {title}（共 {len(pairs)} 句）：{_most(pairs)}"
        for title, pairs in (("二级类目", wrong), ("诉求类型", kinds), ("漏转", missed), ("误转", needless))
    ]


def _most(pairs: list[tuple[str, str]]) -> str:
    return "；".join(f"{a} → {b} {n}" for (a, b), n in Counter(pairs).most_common(SHOWN)) or "没有"
