"""Edges by Canny's method, by OpenCV 5.0.0 (opencv-python-headless 5.0.0.93); seed 96.

Writes ModalitiesTests/Images/edges.json: for each case the picture's size, the thresholds, and in base64 its RGB
bytes and the edges, a byte of 0 or 255 for each place.
"""

import base64
import json
import pathlib

import cv2
import numpy as np

assert cv2.__version__.startswith("5.0.0"), cv2.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Images/edges.json"


def pictures(random):
    """Noise, smooth hills of all slopes, discs with equal steps in all directions, and narrow ones."""
    y, x = np.mgrid[0:40, 0:56]
    hills = 127 + 60 * np.sin(x / 4) * np.cos(y / 5) + 60 * np.sin((x + 2 * y) / 9)
    discs = np.where((x - 20) ** 2 + (y - 18) ** 2 < 150, 220, 40) + np.where((x - 44) ** 2 + (y - 25) ** 2 < 60, -30, 0)
    yield "noise", random.integers(0, 256, (24, 30, 3)), (300, 700)
    yield "hills", np.stack([hills, hills[::-1], hills[:, ::-1]], axis=-1), (40, 90)
    yield "discs", np.stack([discs, discs, discs], axis=-1), (100, 200)
    yield "faint discs", np.stack([discs, discs, discs], axis=-1) // 6, (20, 90)
    yield "row", random.integers(0, 256, (1, 17, 3)), (50, 200)
    yield "column", random.integers(0, 256, (9, 1, 3)), (0, 100)


def main():
    random = np.random.default_rng(96)
    cases = []
    for name, picture, (low, high) in pictures(random):
        picture = np.ascontiguousarray(np.clip(np.round(picture), 0, 255).astype(np.uint8))
        edges = cv2.Canny(picture, low, high)
        cases.append(dict(
            name=name, width=picture.shape[1], height=picture.shape[0], low=low, high=high,
            pixels=base64.b64encode(picture.tobytes()).decode(), edges=base64.b64encode(edges.tobytes()).decode()))
        print(name, picture.shape, round(float((edges > 0).mean()), 3))
    OUTPUT.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")
    print(OUTPUT.stat().st_size)


main()
