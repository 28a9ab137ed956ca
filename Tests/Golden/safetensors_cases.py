"""Verdicts of the reference (safetensors 0.8.0) on sound and hostile files.

Writes CheckpointsTests/Safetensors/cases.json: for each case the file's header and data, and
whether the reference opens it. `ours` is "refuse" where this project is stricter on purpose.
A header is stored as text, or as base64 where it is no text; `{"repeat": [head, part, n, tail]}`
keeps the long ones short.
"""

import base64
import json
import pathlib
import struct
import tempfile

import safetensors
from safetensors import safe_open

assert safetensors.__version__ == "0.8.0", safetensors.__version__
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "CheckpointsTests/Safetensors/cases.json"
STRICTER = {
    "repeated name": "two readers could take different tensors",
    "repeated equivalent name": "Unicode holds the names equivalent",
    "repeated metadata key": "two readers could take different values",
    "name with NUL": "a C string would end there",
    "metadata key with NUL": "a C string would end there",
    "5000 dimensions": "LibTorch refuses more than 64",
    "65 dimensions": "LibTorch refuses more than 64",
    "entry as an array": "the format wants an object",
    "dtype as an object": "the format wants a string",
    "metadata null": "the format wants an object",
    "dimension above 2^63": "no integer of LibTorch's holds it",
}


def entry(dtype="F32", shape=(2,), start=0, end=8, **fields):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end], **fields}


def one(**fields):
    return {"a": entry(**fields)}


A = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


def cases():
    """Name, header (a value for JSON, text, or bytes), size of the data, length that it claims."""
    plain = json.dumps(one())
    # Sound or nearly so.
    yield "one tensor", one(), 8
    yield "no tensor", {}, 0
    yield "metadata alone", {"__metadata__": {"x": "y"}}, 0
    yield "header padded with spaces", plain + " " * 7, 8
    yield "header padded with line feeds", plain + "\n\t\r ", 8
    yield "header after a space", " " + plain, 8
    yield "data at an odd place", plain + " " * ((9 - len(plain)) % 8), 8
    yield "zero dimension", one(shape=(0, 5), end=0), 0
    yield "scalar", one(shape=(), end=4), 4
    yield "empty tensor at the end", {"a": entry(), "z": entry(shape=(0,), start=8)}, 8
    yield "empty tensor between", {"a": entry(), "z": entry(shape=(0,), start=8),
                                   "b": entry(start=8, end=16)}, 16
    yield "empty tensor inside another", {"a": entry(), "z": entry(shape=(0,), start=4, end=4)}, 8
    yield "field that nobody knows", one(x=1), 8
    yield "field that nobody knows, of every kind", one(x=[1, -2.5e3, "\u00e9\n", None, True, {"a": []}]), 8
    yield "empty name", {"": entry()}, 8
    yield "name like a path", {"../../etc/x": entry()}, 8
    yield "name with escapes", '{"\\u00e9\\ud83c\\udf49\\"\\/":' + A + "}", 8
    yield "4-bit elements", one(dtype="F4", shape=(4,), end=2), 2
    yield "4-bit elements, odd", one(dtype="F4", shape=(3,), end=2), 2
    yield "6-bit elements", one(dtype="F6_E2M3", shape=(4,), end=3), 3
    yield "8-bit floats", one(dtype="F8_E4M3", shape=(4,), end=4), 4
    yield "truth values", one(dtype="BOOL", shape=(4,), end=4), 4
    yield "complex", one(dtype="C64", shape=(1,)), 8
    yield "64 dimensions", one(shape=[1] * 64, end=4), 4
    yield "65 dimensions", one(shape=[1] * 65, end=4), 4
    yield "5000 dimensions", one(shape=[1] * 5000, end=4), 4
    yield "dimension above 2^63", one(shape=[2**64 - 1, 0], end=0), 0
    # The length of the header.
    yield "length 2^63", one(), 8, 2**63
    yield "length 2^64 - 1", one(), 8, 2**64 - 1
    yield "length beyond the file", one(), 8, 10000
    yield "length of 100 MB and one byte", one(), 8, 100_000_001
    yield "length 0", "", 0
    yield "length one short", one(), 8, len(plain) - 1
    # The data.
    yield "data cut short", one(), 4
    yield "data too long", one(), 12
    yield "overlap", {"a": entry(), "b": entry(start=4, end=12)}, 12
    yield "one range twice", {"a": entry(), "b": entry()}, 8
    yield "hole", {"a": entry(), "b": entry(start=12, end=20)}, 20
    yield "hole at the start", one(start=4, end=12), 12
    yield "offsets reversed", one(start=8, end=0), 8
    yield "offset negative", one(start=-8, end=0), 8
    yield "offset beyond 2^64", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551624]}}', 8
    yield "shape too large", one(shape=(3,)), 8
    yield "shape that overflows", one(shape=(4194305, 4194305, 211106198978564), end=16), 16
    yield "shape that overflows before a zero", one(shape=(2**62, 2**62, 0), end=0), 0
    yield "dimension negative", one(shape=(-2,)), 8
    yield "dimension above 2^64", '{"a":{"dtype":"F32","shape":[18446744073709551618],"data_offsets":[0,8]}}', 8
    # The entries.
    yield "dtype unknown", one(dtype="Q9"), 8
    yield "dtype in lower case", one(dtype="f32"), 8
    yield "dtype a number", one(dtype=1), 8
    yield "offset a fraction", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}', 8
    yield "offset with exponent", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8e0]}}', 8
    yield "offset minus zero", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[-0,8]}}', 8
    yield "offset with a leading zero", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,08]}}', 8
    yield "one offset", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}', 8
    yield "three offsets", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}', 8
    for missing in ("dtype", "shape", "data_offsets"):
        yield f"without {missing}", {"a": {k: v for k, v in entry().items() if k != missing}}, 8
    yield "field twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8
    yield "entry as an array", '{"a":["F32",[2],[0,8]]}', 8
    yield "dtype as an object", '{"a":{"dtype":{"F32":null},"shape":[2],"data_offsets":[0,8]}}', 8
    yield "repeated name", '{"a":%s,"a":%s}' % (A, A), 8
    yield "repeated equivalent name", json.dumps({"\u00e9": entry(end=0, shape=(0,)),
                                                  "e\u0301": entry(end=0, shape=(0,))}), 0
    yield "metadata not text", {"__metadata__": {"x": 1}, **one()}, 8
    yield "metadata null", {"__metadata__": None, **one()}, 8
    yield "metadata twice", '{"__metadata__":{},"__metadata__":{},"a":%s}' % A, 8
    yield "repeated metadata key", '{"__metadata__":{"x":"1","x":"2"},"a":%s}' % A, 8
    yield "name with NUL", {"a\0b": entry()}, 8
    yield "metadata key with NUL", {"__metadata__": {"a\0b": ""}}, 0
    # The JSON.
    yield "letters after the header", plain + "xx", 8
    yield "NUL after the header", plain + "\0\0", 8
    yield "an array", "[]", 0
    yield "half a header", plain[: len(plain) // 2], 8
    yield "comma at the end", '{"a":%s,}' % A, 8
    yield "comma at the start", '{,"a":%s}' % A, 8
    yield "no comma", '{"a":%s "b":%s}' % (A, A), 8
    yield "single quotes", plain.replace('"', "'"), 8
    yield "comment", plain + "/* */", 8
    yield "bad number in an unknown field", '{"a":%s,"x":01}}' % A[:-1], 8
    yield "bad word in an unknown field", '{"a":%s,"x":nul}}' % A[:-1], 8
    yield "half a surrogate pair", '{"\\ud800":%s}' % A, 8
    yield "surrogate pair reversed", '{"\\udf49\\ud83c":%s}' % A, 8
    yield "escape unknown", '{"\\x":%s}' % A, 8
    yield "control character in a name", '{"\x01":%s}' % A, 8
    yield "no UTF-8", b'{"\xff\xfe":' + A.encode() + b"}", 8
    yield "UTF-8 of a surrogate", b'{"\xed\xa0\x80":' + A.encode() + b"}", 8
    yield "UTF-8 too long", b'{"\xc0\xaf":' + A.encode() + b"}", 8
    yield "byte order mark", b"\xef\xbb\xbf" + plain.encode(), 8
    yield "nested as deep as may be", {"repeat": [A_OPEN, "[", 125, "]", "}}"]}, 8
    yield "nested one deeper", {"repeat": [A_OPEN, "[", 126, "]", "}}"]}, 8
    yield "nested 100,000 deep", {"repeat": [A_OPEN, "[", 100_000, "]", "}}"]}, 8


A_OPEN = '{"a":' + A[:-1] + ',"x":'


def expanded(header):
    if isinstance(header, dict) and "repeat" in header:
        head, opening, count, closing, tail = header["repeat"]
        return (head + opening * count + closing * count + tail).encode()
    if isinstance(header, bytes):
        return header
    return (header if isinstance(header, str) else json.dumps(header)).encode()


def stored(header):
    if isinstance(header, dict) and "repeat" in header:
        return header
    try:
        return {"text": expanded(header).decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(header).decode()}


def verdict(path):
    try:
        with safe_open(path, "np") as file:
            return {"names": sorted(file.keys())}
    except safetensors.SafetensorError:
        return {}


def main():
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "case.safetensors"
        for name, header, size, *length in cases():
            text = expanded(header)
            length = length[0] if length else len(text)
            path.write_bytes(struct.pack("<Q", length) + text + bytes(size))
            row = {"case": name, "header": stored(header), "length": str(length), "data": size}
            row |= verdict(path)
            if name in STRICTER:
                assert "names" in row, name
                row["stricter"] = STRICTER[name]
            rows.append(row)
        for name, raw in (("seven bytes", bytes(7)), ("no bytes", b"")):
            path.write_bytes(raw)
            assert not verdict(path), name
    lines = ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in rows)
    OUTPUT.write_text("[\n" + lines + "\n]\n")
    accepted = sum("names" in row for row in rows)
    print(f"{len(rows)} cases, {accepted} accepted, {OUTPUT.stat().st_size} bytes")


main()
