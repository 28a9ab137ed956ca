"""WAV files that scipy 1.17.1 and Python's own `wave` module write, and the samples that a reader must give.

Writes ModalitiesTests/Audio/sounds.json: for each case the file in base64, the channels, the rate, and the
samples, [channels, frames], as float32. The noise has seed 71.
"""

import base64
import io
import json
import pathlib
import wave

import numpy as np
import scipy
from scipy.io import wavfile

assert scipy.__version__ == "1.17.1", scipy.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Audio/sounds.json"
FRAMES = 40


def scipys(samples, rate):
    file = io.BytesIO()
    wavfile.write(file, rate, samples)
    return file.getvalue()


def waves(samples, rate):
    """24 bits, which scipy does not write."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(3)
        out.setframerate(rate)
        out.writeframes(b"".join(int(x).to_bytes(3, "little", signed=True) for x in samples.flat))
    return file.getvalue()


def main():
    random = np.random.default_rng(71)
    cases = []

    def add(name, file, rate, samples):
        cases.append({
            "name": name, "file": base64.b64encode(file).decode(), "channels": samples.shape[1],
            "sampleRate": rate, "samples": samples.T.astype(np.float32).ravel().tolist()})

    for name, dtype, scale, offset, channels, rate in [
            ("8 bits", np.uint8, 2**7, 2**7, 1, 8000), ("16 bits", np.int16, 2**15, 0, 2, 44100),
            ("32 bits", np.int32, 2**31, 0, 3, 96000)]:
        info = np.iinfo(dtype)
        whole = random.integers(info.min, info.max, (FRAMES, channels), dtype, endpoint=True)
        whole[0], whole[1] = info.min, info.max
        add(name, scipys(whole, rate), rate, (whole.astype(np.float64) - offset) / scale)
    whole = random.integers(-2**23, 2**23 - 1, (FRAMES, 2), endpoint=True)
    add("24 bits", waves(whole, 48000), 48000, whole / 2**23)
    for name, dtype in [("float32", np.float32), ("float64", np.float64)]:
        samples = (1.5 * random.standard_normal((FRAMES, 2))).astype(dtype)
        add(name, scipys(samples, 22050), 22050, samples)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(cases) + "\n")
    print(OUTPUT.name, OUTPUT.stat().st_size)


main()
