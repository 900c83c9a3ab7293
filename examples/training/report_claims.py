# SPDX-License-Identifier: Apache-2.0
"""The claims, each with the figures that decide it. With one seed there is no spread, and the sentence says so."""

NAMES = {"fgsm": "FGSM", "pgd": "PGD", "union": "the worst of all attacks"}
CERTIFIABLE = ("interval", "interval-medium", "sabr", "mtl-ibp")
DEFENSIVE = ("paper", "true-norm", "adversarial-half", *CERTIFIABLE)


class Group:
    """The seeds of one network."""

    def __init__(self, name, entries, results):
        self.name, self.recipe, self.bits = name, entries[0].recipe, entries[0].bits
        self.results, self.seeds = results, len(results)

    def values(self, *keys):
        """One number for each seed that has it."""
        found = []
        for result in self.results:
            for key in keys:
                result = result.get(key) if isinstance(result, dict) else None
            if result is not None:
                found.append(result)
        return found

    def deviation(self):
        """Relative deviation of the last layer's output."""
        return [layers[-1][1] for layers in self.values("amplification", "layers")]


def mean(values):
    return sum(values) / len(values)


def _percent(values):
    return f"{100 * mean(values):.1f} %" + (f" ({100 * min(values):.1f} to {100 * max(values):.1f})" if len(values) > 1 else "")


def _seeds(*lists):
    least = min(map(len, lists))
    return f"{least} seeds" if least > 1 else "one seed"


def _amplifies(groups, base):
    lines, deviation = [], base.deviation()
    for group in groups:
        own = group.deviation()
        if group is base or not own or not deviation:
            continue
        more = "amplifies more" if min(own) > max(deviation) else "amplifies less" if max(own) < min(deviation) else "is not apart from it"
        plain = group.recipe == "plain"
        verdict = "as claimed" if (more == "amplifies more") == plain and more != "is not apart from it" else "not as claimed"
        if plain or group.recipe in DEFENSIVE:
            lines.append((verdict, f"{group.name}: the last layer deviates by {mean(own):.3f}, float's by {mean(deviation):.3f}: {more} ({_seeds(own, deviation)})"))
    return lines


def _robust(groups, base):
    lines = []
    for group in groups:
        if group.recipe not in DEFENSIVE:
            continue
        better, parts, lists = True, [], []
        for attack in ("fgsm", "pgd", "union"):
            own, other = group.values("accuracy", attack), base.values("accuracy", attack)
            if not own or not other:
                parts.append(f"{NAMES[attack]} not measured")
                continue
            better = better and min(own) > max(other)
            parts.append(f"{NAMES[attack]} {_percent(own)} against {_percent(other)}")
            lists += [own, other]
        if lists:
            lines.append(("holds" if better else "does not hold", f"{group.name} above float: {', '.join(parts)} ({_seeds(*lists)})"))
    return lines


def _masking(groups):
    lines = []
    for group in groups:
        found = sorted({warning for key in ("gradients", "square") for some in group.values(key, "warnings") for warning in some})
        squares, pgd = group.values("accuracy", "square"), [min(a["pgd"], a["apgd-ce"], a["apgd-dlr"]) for a in group.values("accuracy") if "pgd" in a]
        if squares and pgd and mean(squares) < mean(pgd) - 0.02:
            found.append(f"squares leave {_percent(squares)}, gradients {_percent(pgd)}: the gradients are masked, believe the union")
        if found:
            lines.append(("careful", f"{group.name}: {'; '.join(found)}"))
    unseen = [group.name for group in groups if not group.values("accuracy", "square") or not group.values("accuracy", "pgd")]
    if unseen:
        lines.append(("open", f"not measured against squares as well as gradients: {', '.join(unseen)}"))
    return lines or [("holds", "no sign of masked gradients in any network")]


def _goals(groups, base, goal):
    lines = []
    for group in groups:
        if group.bits != "w4a4":
            continue
        clean, pgd, union = group.values("clean", "clean"), group.values("accuracy", "pgd"), group.values("accuracy", "union")
        if group.recipe == "adversarial-half" and clean and pgd and base.values("clean", "clean"):
            lost = mean(base.values("clean", "clean")) - mean(clean)
            held = lost <= goal["lost"] and mean(pgd) >= goal["pgd"]
            masked = union and mean(union) < goal["pgd"]
            lines.append(("reached by PGD alone" if held and masked else "reached" if held else "not reached", f"{group.name}: {100 * lost:.1f} points of clean accuracy lost (at most "
                          f"{100 * goal['lost']:g}), PGD {_percent(pgd)} (at least {100 * goal['pgd']:g} %)"
                          + (f", the worst of all attacks {_percent(union)}" if union else "")))
        if group.recipe in CERTIFIABLE and clean:
            certified = [levels[goal["radius"]][0] for levels in group.values("clean", "certified") if goal["radius"] in levels]
            if certified:
                held = mean(certified) >= goal["certified"] and mean(clean) >= goal["clean"]
                lines.append(("reached" if held else "not reached", f"{group.name}: certified at {goal['radius']}/255 {_percent(certified)} (at least "
                              f"{100 * goal['certified']:g} %), clean {_percent(clean)} (at least {100 * goal['clean']:g} %)"))
    return lines


GOALS = {"fashion-mnist": dict(lost=0.02, pgd=0.75, radius="8", certified=0.82, clean=0.88),
         "cifar-10": dict(lost=0.03, pgd=0.0, radius="2", certified=0.54, clean=0.0)}


def claims(data, groups):
    """[(title, [(verdict, sentence)])]."""
    base = next((group for group in groups if group.bits == "float"), None)
    violations = sum(sum(group.values("violations")) for group in groups)
    crossed = sum(sum(group.values("certified")) for group in groups)
    sections = [("No certified answer is changed by any attack", [("holds" if violations == 0 else "does not hold",
                 f"{crossed} certified answers, under every candidate of the attacks measured: {violations} changed")]),
                ("No masked gradients", _masking(groups))]
    if base:
        sections = [("Plain networks of few bits amplify errors more than float, defensive ones less", _amplifies(groups, base)),
                    ("Defensive networks stand more than their float original", _robust(groups, base)),
                    ("Goals for 4 bits", _goals(groups, base, GOALS[data]))] + sections
    return [(title, lines) for title, lines in sections if lines]
