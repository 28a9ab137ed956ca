#!/usr/bin/env python3
"""Writes the errors that `inkwell verify` must find again, from what it measured.

usage: inkwell verify --json | Tests/Scripts/pin-samplers.py

Writes Sources/Verification/Proofs/SamplerPins.swift: of each sampler its errors to five digits, and
how far its order and its variances may be off, which is as far as they were and a little more.
"""

import json
import math
import pathlib
import sys

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "Sources/Verification/Proofs/SamplerPins.swift"
LIMITS = [10, 20, 50, 100]


def up(value, digits=2):
    """The number with so many digits that is not below."""
    if value == 0:
        return 0.0
    unit = 10 ** (math.floor(math.log10(value)) - digits + 1)
    return float(f"{math.ceil(value / unit - 1e-9) * unit:.{digits}g}")


def pin(curve, lines):
    errors = {point["limit"]: point.get("error") for point in curve["points"]}
    short, slack, variance, mixture = 0.0, 0.02, 0.0, 0.0
    for line in lines:
        name, claimed, measured = line["property"], line.get("claimed"), line.get("measured")
        if name.endswith("of four steps"):
            short = measured
        elif name.startswith("order"):
            slack = round(max(claimed - measured, 0) + 0.02, 3)
        elif name.startswith("variance of normal data, 300"):
            variance = up(1.05 * abs(measured / claimed - 1) + 1e-6)
        elif name.startswith("variance of the mixture's quantiles"):
            mixture = up(1.05 * abs(measured / claimed - 1) + 1e-6)
        elif name.startswith("variance of the mixture,"):
            # Other machines may draw other numbers: two standard errors and a little more.
            mixture = up(abs(measured / claimed - 1) + 0.03)
    texts = ["nil" if errors.get(n) is None else f"{errors[n]:.5g}" for n in LIMITS]
    return (
        f"SamplerPin(\n      errors: [{', '.join(texts)}],\n"
        f"      short: {short:.5g}, slack: {slack}, variance: {variance}, mixture: {mixture})")


proof = json.load(sys.stdin)
rows = []
for curve in proof["curves"]:
    lines = [line for line in proof["lines"] if line["subject"] == curve["sampler"]]
    rows.append(f'    "{curve["sampler"]}": {pin(curve, lines)},')
OUTPUT.write_text(
    "// Written by Tests/Scripts/pin-samplers.py from what `inkwell verify --json` measured.\n\n"
    "extension SamplerPin {\n"
    "  /// The samplers of the catalogue, by name.\n"
    "  static let measured: [String: SamplerPin] = [\n" + "\n".join(rows) + "\n  ]\n}\n")
