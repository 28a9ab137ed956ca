"""Shapes that trimesh 5.2.0, plyfile 1.1.3 and pygltflib 1.16.5 write, and what a reader must find in them.

Writes ModalitiesTests/Shapes/shapes.json: for each case the file in base64, its format, the vertices, faces
and colours. It also reads the files of ModalitiesTests/Shapes/written, which a test compares with what is
written now, and asserts that they hold the shape of the test. The noise has seed 29.
"""

import base64
import importlib.metadata
import io
import json
import pathlib

import numpy as np
import plyfile
import pygltflib
import trimesh

for package, version in [("trimesh", "5.2.0"), ("plyfile", "1.1.3"), ("pygltflib", "1.16.5")]:
    assert importlib.metadata.version(package) == version, package
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Shapes"
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
COLORS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50]], np.uint8)
RECORD = '{"prompt":"a \\u201ctetrahedron\\u201d"}'


def ply(points, colors, text, order):
    kinds = [(x, "f8") for x in "xyz"] + [("quality", "i2")] + [(x, "u1") for x in ("red", "green", "blue")]
    rows = np.zeros(len(points), kinds)
    for i, x in enumerate("xyz"):
        rows[x] = points[:, i]
    for i, x in enumerate(("red", "green", "blue")):
        rows[x] = colors[:, i]
    file = io.BytesIO()
    plyfile.PlyData([plyfile.PlyElement.describe(rows, "vertex")], text=text, byte_order=order).write(file)
    return file.getvalue()


def check_written():
    mesh = trimesh.load(FOLDER / "written/mesh.ply", process=False)
    parts = [mesh, trimesh.load(FOLDER / "written/mesh.obj", process=False),
             trimesh.load(FOLDER / "written/mesh.glb", process=False, force="mesh")]
    for part in parts:
        assert np.array_equal(part.vertices, CORNERS) and np.array_equal(part.faces, FACES), part
        # trimesh leaves out the colours of a mesh that has a material, as GLB's has.
        if part.visual.kind == "vertex":
            assert np.array_equal(part.visual.vertex_colors[:, :3], COLORS), part.visual.vertex_colors
        assert part.is_watertight and abs(part.volume - 1 / 6) < 1e-12
    for name in ("points.ply", "text.ply"):
        data = plyfile.PlyData.read(FOLDER / "written" / name)
        assert data.comments == ["inkwell " + RECORD], data.comments
        rows = data["vertex"]
        assert np.array_equal(np.stack([rows[x] for x in "xyz"], 1), CORNERS)
        assert np.array_equal(np.stack([rows[x] for x in ("red", "green", "blue")], 1), COLORS)
    model = pygltflib.GLTF2().load(str(FOLDER / "written/mesh.glb"))
    accessor = model.accessors[model.meshes[0].primitives[0].attributes.COLOR_0]
    start = model.bufferViews[accessor.bufferView].byteOffset
    found = np.frombuffer(model.binary_blob()[start:start + 16], np.uint8).reshape(4, 4)
    assert np.array_equal(found[:, :3], COLORS) and (found[:, 3] == 255).all()
    points = pygltflib.GLTF2().load(str(FOLDER / "written/points.glb"))
    primitive = points.meshes[0].primitives[0]
    assert primitive.mode == 0 and primitive.indices is None
    assert json.loads(points.asset.extras["inkwell"]) == json.loads(RECORD)
    accessor = points.accessors[primitive.attributes.POSITION]
    assert accessor.count == 4 and accessor.min == [0, 0, 0] and accessor.max == [1, 1, 1]
    start = points.bufferViews[accessor.bufferView].byteOffset
    found = np.frombuffer(points.binary_blob()[start:start + 48], np.float32).reshape(4, 3)
    assert np.array_equal(found, CORNERS)


def main():
    random = np.random.default_rng(29)
    cases = []

    def add(name, format, file, vertices, faces, colors):
        cases.append({
            "name": name, "format": format, "file": base64.b64encode(file).decode(),
            "vertices": np.asarray(vertices, np.float32).ravel().tolist(),
            "faces": np.asarray(faces).ravel().tolist(), "colors": np.asarray(colors).ravel().tolist()})

    sphere = trimesh.creation.icosphere(subdivisions=1)
    colors = random.integers(0, 256, (len(sphere.vertices), 3), np.uint8)
    # As float32, which all of the formats keep.
    vertices = sphere.vertices.astype(np.float32) * np.float32(0.5)
    mesh = trimesh.Trimesh(vertices, sphere.faces, vertex_colors=colors, process=False)
    for name, format, kinds in [
            ("trimesh's binary PLY", "ply", {"file_type": "ply"}),
            ("trimesh's text PLY", "ply", {"file_type": "ply", "encoding": "ascii"}),
            ("trimesh's GLB", "glb", {"file_type": "glb"}), ("trimesh's OBJ", "obj", {"file_type": "obj"})]:
        file = mesh.export(**kinds)
        file = file.encode() if isinstance(file, str) else file
        add(name, format, file, mesh.vertices, mesh.faces, colors)
    # A node that turns, stretches and moves its mesh.
    turn = trimesh.transformations.rotation_matrix(np.pi / 2, [0, 0, 1])
    turn[:3, :3] *= 2
    turn[:3, 3] = [1, 2, 3]
    scene = trimesh.Scene()
    scene.add_geometry(mesh, transform=turn)
    add("trimesh's GLB of a moved node", "glb", scene.export(file_type="glb"),
        mesh.vertices @ turn[:3, :3].T + turn[:3, 3], mesh.faces, colors)
    points = random.standard_normal((20, 3)).astype(np.float32)
    colors = random.integers(0, 256, (20, 3), np.uint8)
    for name, text, order in [("text", True, "="), ("little-endian", False, "<"), ("big-endian", False, ">")]:
        add(f"plyfile's points, {name}", "ply", ply(points, colors, text, order), points, [], colors)
    add("trimesh's points as GLB", "glb",
        trimesh.Scene(trimesh.PointCloud(points, colors)).export(file_type="glb"), points, [], colors)
    (FOLDER / "shapes.json").write_text(json.dumps(cases, indent=0) + "\n")
    check_written()


if __name__ == "__main__":
    main()
