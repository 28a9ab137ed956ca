"""Reads a file that this project wrote with the reference, and writes it again.

    python Tests/Golden/check_safetensors.py FILE…

Says "FILE: N tensors, same bytes" for each file, and fails where the reference cannot read it or
would write other bytes. Files with more than one key of metadata are compared but for their order.
"""

import json
import pathlib
import struct
import sys

from safetensors import safe_open
from safetensors.torch import save


def split(data):
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), length, data[8 + length :]


def check(path):
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        metadata = file.metadata()
    ours = pathlib.Path(path).read_bytes()
    theirs = save(tensors, metadata)
    same = split(ours) == split(theirs) if len(metadata or {}) > 1 else ours == theirs
    if not same:
        sys.exit(f"{path}: the reference writes other bytes:\n{ours[:200]}\n{theirs[:200]}")
    print(f"{path}: {len(tensors)} tensors, same bytes")


for path in sys.argv[1:]:
    check(path)
