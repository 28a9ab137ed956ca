"""Golden measures of sets of features, by scipy 1.17.1 and numpy 1.26.4; seed 47.

Writes EvaluationTests/evaluation.json: two sets of features, their Frechet distance by the root of
the product of the covariances, their kernel distance by its definition, and Wilson's intervals and
quantiles.
"""

import json
import pathlib

import numpy
import scipy
import scipy.linalg
import scipy.stats

assert scipy.__version__ == "1.17.1", scipy.__version__
assert numpy.__version__ == "1.26.4", numpy.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "EvaluationTests/evaluation.json"

random = numpy.random.default_rng(47)
mixing = random.normal(size=(6, 6))
x = random.normal(size=(40, 6)) @ mixing + random.normal(size=6)
y = random.normal(size=(55, 6)) @ random.normal(size=(6, 6))


def frechet(x, y):
    a, b = numpy.cov(x, rowvar=False), numpy.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(a @ b).real
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + numpy.trace(a + b - 2 * root)


def kernel(x, y):
    def k(a, b):
        return (a @ b / len(a) + 1) ** 3
    m, n = len(x), len(y)
    xx = sum(k(x[i], x[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    yy = sum(k(y[i], y[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    xy = sum(k(a, b) for a in x for b in y) / (m * n)
    return xx + yy - 2 * xy


def wilson(successes, trials):
    interval = scipy.stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return [successes, trials, interval.low, interval.high]


OUTPUT.write_text(json.dumps({
    "x": x.tolist(),
    "y": y.tolist(),
    "frechet": frechet(x, y),
    "frechetOfFew": frechet(x[:5], y),
    "frechetOfResample": frechet(x[[0, 0, 0, 1, 2, 2, 7, 11]], y),
    "kernel": kernel(x, y),
    "wilson": [wilson(*pair) for pair in [(0, 10), (8, 10), (10, 10), (523, 763), (1, 1)]],
    "values": x[:, 0].tolist(),
    "quantiles": [[q, numpy.quantile(x[:, 0], q)] for q in (0, 0.025, 0.25, 0.5, 0.9, 1)],
}, indent=1) + "\n")
print(OUTPUT.name, OUTPUT.stat().st_size)
