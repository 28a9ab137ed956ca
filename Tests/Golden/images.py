"""Pictures as Pillow 13.0.0 (with lcms2) reads them: orientation, colour profile, 16 bits, CMYK.

Writes ModalitiesTests/Images/images.json: for each case the file in base64, and the upright 8-bit
sRGB pixels that a reader must give. The Display P3 profile is written by hand from the primaries
and the curve in SMPTE EG 432-1 and IEC 61966-2-1, adapted to D50 by Bradford's matrix.
"""

import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageCms, ImageOps

assert PIL.__version__ == "13.0.0", PIL.__version__


def s15f16(value):
    return struct.pack(">i", round(value * 65536))


def p3_profile():
    """A version 2 ICC profile with a matrix and one curve."""

    def xyz(x, y):
        return np.array([x / y, 1, (1 - x - y) / y])

    white = xyz(0.3127, 0.3290)
    d50 = np.array([0.9642, 1, 0.8249])
    primaries = np.stack([xyz(0.680, 0.320), xyz(0.265, 0.690), xyz(0.150, 0.060)], axis=1)
    rgb = primaries * np.linalg.solve(primaries, white)
    bradford = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    scale = np.diag((bradford @ d50) / (bradford @ white))
    rgb = np.linalg.inv(bradford) @ scale @ bradford @ rgb

    x = np.arange(1024) / 1023
    curve = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 3) + b"P3\0" + bytes(8 + 3 + 67),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": b"XYZ " + bytes(4) + b"".join(map(s15f16, d50)),
    }
    for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
        tags[name] = b"XYZ " + bytes(4) + b"".join(map(s15f16, rgb[:, index]))
    table = np.round(curve * 65535).astype(">u2").tobytes()
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        tags[name] = b"curv" + bytes(4) + struct.pack(">I", 1024) + table
    body, records, seen = b"", b"", {}
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        if data not in seen:
            seen[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        records += name + struct.pack(">II", seen[data], len(data))
    head = bytes(4) + bytes([2, 0x40, 0, 0]) + b"mntrRGB XYZ " + struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    head = struct.pack(">I", start + len(body)) + bytes(4) + head[4:] + b"acsp"
    head = head.ljust(68, b"\0") + b"".join(map(s15f16, d50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + records + body


def png16(pixels):
    """A PNG of 16 bits, grey with alpha, which Pillow does not write."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">2I5B", width, height, 16, 4, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def case(name, data, pixels, tolerance):
    pixels = np.asarray(pixels)
    return {
        "name": name,
        "file": base64.b64encode(data).decode(),
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "channels": pixels.shape[2],
        "pixels": pixels.reshape(-1).tolist(),
        "tolerance": tolerance,
    }


def save(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


# Quarters of different colours, so that each of the eight orientations looks different.
quarters = np.zeros((16, 32, 3), np.uint8)
quarters[:8, :16], quarters[:8, 16:] = (200, 40, 40), (40, 180, 60)
quarters[8:, :16], quarters[8:, 16:] = (50, 60, 190), (230, 220, 60)
quarters = Image.fromarray(quarters)

cases = []
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = save(quarters, format="JPEG", quality=95, subsampling=0, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    cases.append(case(f"orientation {orientation}", data, upright, 2))

ramp = np.array(
    [[[r, g, b] for r in (64, 128, 192) for g in (64, 128, 192)] for b in (64, 128, 192)], np.uint8
)
profile = p3_profile()
data = save(Image.fromarray(ramp), format="PNG", icc_profile=profile)
converted = ImageCms.profileToProfile(
    Image.fromarray(ramp), ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
)
assert np.abs(np.asarray(converted).astype(int) - ramp).max() > 20
cases.append(case("display p3", data, converted, 2))

deep = np.array([[[0, 0], [65535, 65535], [32896, 16448]]])
expected = (deep / 257).round().astype(int)
expected = np.concatenate([expected[..., :1]] * 3 + [expected[..., 1:]], axis=-1)
cases.append(case("16-bit grey with alpha", png16(deep), expected, 1))

palette = Image.fromarray(ramp).quantize(27)
cases.append(case("palette", save(palette, format="PNG"), palette.convert("RGB"), 0))
white = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
cases.append(case("cmyk white", save(white, format="JPEG"), np.full((8, 8, 3), 255), 2))
data = save(quarters, format="AVIF", quality=100, subsampling="4:4:4")
cases.append(case("avif", data, Image.open(io.BytesIO(data)).convert("RGB"), 3))

path = pathlib.Path(__file__).parent.parent / "ModalitiesTests/Images/images.json"
path.parent.mkdir(exist_ok=True)
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
