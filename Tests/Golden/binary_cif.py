"""A small file of BinaryCIF with every encoding, written by Biotite 1.6.0, and what is in it; seed 91.

Writes ModalitiesTests/Molecules/: binary_cif.bcif, and binary_cif.json with the values of its columns.
"""

import json
import pathlib

import biotite
import biotite.structure.io.pdbx as pdbx
import numpy as np

assert biotite.__version__ == "1.6.0", biotite.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Molecules"
ROWS = 300


def column(values, encoding, mask=None):
    mask = None if mask is None else pdbx.BinaryCIFData(mask.astype(np.uint8), [
        pdbx.RunLengthEncoding(), pdbx.IntegerPackingEncoding(1, is_unsigned=True), pdbx.ByteArrayEncoding()])
    return pdbx.BinaryCIFColumn(pdbx.BinaryCIFData(values, encoding), mask)


def main():
    random = np.random.default_rng(91)
    names = np.array(["CA", "N", "O5'", "", "Å β", "C1*"])[random.integers(0, 6, ROWS)]
    runs = np.repeat(random.integers(-500, 500, 20), 15).astype(np.int32)
    walk = np.cumsum(random.integers(-40000, 40000, ROWS)).astype(np.int32)
    places = np.round(random.normal(0, 20, ROWS), 3)
    shares = np.linspace(0, 1, 11)[random.integers(0, 11, ROWS)]
    table = pdbx.BinaryCIFCategory({
        "plain8": column(random.integers(-128, 128, ROWS).astype(np.int8), [pdbx.ByteArrayEncoding()]),
        "plain16": column(random.integers(0, 1 << 16, ROWS).astype(np.uint16), [pdbx.ByteArrayEncoding()]),
        "single": column(random.normal(size=ROWS).astype(np.float32), [pdbx.ByteArrayEncoding()]),
        "double": column(random.normal(size=ROWS), [pdbx.ByteArrayEncoding()]),
        "runs": column(runs, [pdbx.RunLengthEncoding(), pdbx.IntegerPackingEncoding(1), pdbx.ByteArrayEncoding()]),
        "walk": column(walk, [pdbx.DeltaEncoding(), pdbx.IntegerPackingEncoding(2), pdbx.ByteArrayEncoding()]),
        "places": column(places, [pdbx.FixedPointEncoding(1000), pdbx.DeltaEncoding(), pdbx.IntegerPackingEncoding(1),
                                  pdbx.ByteArrayEncoding()], mask=random.integers(0, 10, ROWS) == 0),
        "shares": column(shares, [pdbx.IntervalQuantizationEncoding(0, 1, 11, np.float64),
                                  pdbx.IntegerPackingEncoding(1, is_unsigned=True), pdbx.ByteArrayEncoding()]),
        "names": column(names, [pdbx.StringArrayEncoding()]),
    })
    file = pdbx.BinaryCIFFile({"molecules": pdbx.BinaryCIFBlock({"table": table, "empty": pdbx.BinaryCIFCategory(
        {"nothing": column(np.zeros(0, np.int32), [pdbx.ByteArrayEncoding()])}, row_count=0)})})
    file.write(FOLDER / "binary_cif.bcif")
    values = {name: read.data.array.tolist() for name, read in table.items()}
    unknown = table["places"].mask.array.tolist()
    (FOLDER / "binary_cif.json").write_text(json.dumps(dict(values=values, unknown=unknown)) + "\n")


main()
