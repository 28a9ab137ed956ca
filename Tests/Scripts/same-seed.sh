#!/usr/bin/env bash
# A seed gives the same picture alone, in a batch and with another number of threads, to within 1/255.
#
# Eight prompts are drawn by the model in this repository at its own settings.
#
# usage: same-seed.sh [PROGRAM [MODEL]], else the program is built for debugging, and the model is
# inkwell-emoji.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prompts=(
  "red apple" "smiling cat, noto style" "rocket" "rainbow" "snowman, openmoji style"
  "a slice of watermelon" "guitar, twemoji style" "birthday cake"
)

# Draws the prompts into the folder `$1` with the options `$2…`.
draw() {
  local folder=$work/$1
  shift
  "$program" generate "${prompts[@]}" --model "$model" --seed 1 --quiet \
    --output "$folder/{index}.png" "$@"
}

# Fails unless the pictures in `$work/$1` and `$work/$2` are the same to within 1/255.
compare() {
  python3 - "$work/$1" "$work/$2" "${#prompts[@]}" <<'PYTHON'
import pathlib, struct, sys, zlib

def pixels(path):
    """The size and the bytes of a PNG file of 8 bits a channel that is not interlaced."""
    data = path.read_bytes()
    width, height, depth, color, _, _, interlaced = struct.unpack(">2I5B", data[16:29])
    assert depth == 8 and color in (2, 6) and not interlaced, f"{path}: an unexpected kind of PNG"
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    raw, step = zlib.decompress(packed), 3 if color == 2 else 4
    stride, rows = width * step, [bytes(width * step)]
    for y in range(height):
        kind, *line = raw[y * (stride + 1) : (y + 1) * (stride + 1)]
        for x in range(stride):
            left, above = (line[x - step] if x >= step else 0), rows[-1][x]
            corner = rows[-1][x - step] if x >= step else 0
            near = min((left, above, corner), key=lambda value: abs(left + above - corner - value))
            line[x] = (line[x] + (0, left, above, (left + above) // 2, near)[kind]) % 256
        rows.append(bytes(line))
    return (width, height, step), b"".join(rows[1:])

def difference(a, b):
    assert a[0] == b[0], f"pictures of {a[0]} and of {b[0]}"
    return max(abs(p - q) for p, q in zip(a[1], b[1]))

folders = [pathlib.Path(folder) for folder in sys.argv[1:3]]
names = [sorted(file.name for file in folder.iterdir()) for folder in folders]
assert names[0] == names[1] and len(names[0]) == int(sys.argv[3]), f"found {names}"
first, second = ([pixels(folder / name) for name in names[0]] for folder in folders)
# Other prompts are other pictures, or the rest says nothing.
assert all(difference(a, b) > 8 for a, b in zip(first, first[1:])), "all pictures look the same"
found = [difference(a, b) for a, b in zip(first, second)]
what = f"{folders[0].name} and {folders[1].name}: the largest differences are {found} of 255"
print(f"same-seed: {what}")
sys.exit(max(found) > 1)
PYTHON
}

if (($# == 0)); then
  swift build --package-path "$root"
  set -- "$(swift build --package-path "$root" --show-bin-path)/inkwell"
fi
program=$1 model=${2:-$root/Models/inkwell-emoji}

draw "a batch" --batch 8 --threads 2
draw "one at a time" --batch 1 --threads 2
draw "one thread" --batch 8 --threads 1
compare "a batch" "one at a time"
compare "a batch" "one thread"
echo "same-seed: ${#prompts[@]} pictures do not depend on their batch and on the number of threads"
