# SPDX-License-Identifier: Apache-2.0
"""Charts as <svg> for a page without scripts."""
from html import escape

COLOURS = ("#2563c9", "#c2410c", "#15803d", "#9333ea", "#d4a106", "#0891b2", "#e0457b", "#65a30d", "#6b7280", "#7c2d12", "#1e40af", "#a21caf",
           "#047857", "#92400e")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 360, 56, 210, 14, 64


def _ticks(top):
    """Round steps from 0, about five of them."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100):
        if top / step <= 6:
            break
    return [round(step * i, 4) for i in range(max(1, int(top / step + 0.999)) + 1)]


def line_chart(series, labels, x_title, y_title):
    """`series`: {name: [(place, value, lowest, highest)]}, places index `labels`. The whisker is the spread of seeds."""
    ticks = _ticks(max([point[3] for points in series.values() for point in points] + [1e-9]))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    at_x = lambda place: LEFT + width * (place + 0.5) / len(labels)
    at_y = lambda value: TOP + height * (1 - value / ticks[-1])
    out = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(y_title)} against {escape(x_title)}">']
    for tick in ticks:
        out.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + width}" y1="{at_y(tick):.1f}" y2="{at_y(tick):.1f}"/>'
                   f'<text x="{LEFT - 6}" y="{at_y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    slant = sum(map(len, labels)) > 40 and len(labels) > 5
    for place, label in enumerate(labels):
        turned = f' transform="rotate(-30 {at_x(place):.1f} {TOP + height + 14})"' if slant else ""
        anchor = "end" if slant else "middle"
        out.append(f'<text x="{at_x(place):.1f}" y="{TOP + height + 16}" text-anchor="{anchor}"{turned}>{escape(label)}</text>')
    out.append(f'<text x="{LEFT + width / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_title)}</text>')
    out.append(f'<text x="14" y="{TOP + height / 2}" text-anchor="middle" transform="rotate(-90 14 {TOP + height / 2})">{escape(y_title)}</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="5 3"' if number >= 7 else ""
        path = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y, _, _ in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        for x, y, lowest, highest in points:
            if highest > lowest:
                out.append(f'<line x1="{at_x(x):.1f}" x2="{at_x(x):.1f}" y1="{at_y(lowest):.1f}" y2="{at_y(highest):.1f}" stroke="{colour}"/>')
            out.append(f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3.2" fill="{colour}"><title>{escape(name)}, {escape(labels[x])}: '
                       f'{y:.3g} ({lowest:.3g} to {highest:.3g})</title></circle>')
        line = TOP + 10 + 18 * number
        out.append(f'<line x1="{LEFT + width + 14}" x2="{LEFT + width + 36}" y1="{line}" y2="{line}" stroke="{colour}" stroke-width="2"{dash}/>'
                   f'<text x="{LEFT + width + 42}" y="{line + 4}">{escape(name)}</text>')
    return "\n".join(out) + "</svg>"


def bar_chart(rows, names):
    """`rows`: {label: {name: share of 1}}, one group of bars each."""
    bar, gap, left, width = 9, 10, 170, 410
    group = bar * len(names) + gap
    height = group * len(rows) + 40
    out = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="accuracy under each attack">']
    for tick in range(0, 101, 20):
        x = left + width * tick / 100
        out.append(f'<line class="grid" x1="{x}" x2="{x}" y1="6" y2="{height - 30}"/><text x="{x}" y="{height - 14}" text-anchor="middle">{tick} %</text>')
    for row, (label, values) in enumerate(rows.items()):
        y = 8 + row * group
        out.append(f'<text x="{left - 8}" y="{y + group / 2}" text-anchor="end">{escape(label)}</text>')
        for number, name in enumerate(names):
            if name in values:
                out.append(f'<rect x="{left}" y="{y + number * bar}" width="{width * values[name]:.1f}" height="{bar - 1}" fill="{COLOURS[number]}">'
                           f'<title>{escape(label)}, {escape(name)}: {100 * values[name]:.1f} %</title></rect>')
    for number, name in enumerate(names):
        out.append(f'<rect x="{left + width + 20}" y="{10 + 18 * number}" width="12" height="10" fill="{COLOURS[number]}"/>'
                   f'<text x="{left + width + 38}" y="{19 + 18 * number}">{escape(name)}</text>')
    return "\n".join(out) + "</svg>"
