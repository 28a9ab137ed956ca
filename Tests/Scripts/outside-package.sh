#!/usr/bin/env bash
# A package outside this one depends on it by path, and prints a tensor.
# It is built below .build/outside, so that a second run is quick.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
mkdir "$package/Sources"

cat >"$package/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "outside",
  dependencies: [.package(name: "inkwell", path: "$root")],
  targets: [
    .executableTarget(
      name: "outside", dependencies: [.product(name: "Torch", package: "inkwell")], path: "Sources")
  ]
)
SWIFT
cat >"$package/Sources/main.swift" <<'SWIFT'
import Torch

let x = Tensor([1.0, 2.0, 3.0])
print("sum", try Torch.checked { (x * x).sum() }.item())
SWIFT

printed=$(cd "$package" && swift run --scratch-path "$root/.build/outside" outside)
if [[ $printed != "sum 14.0" ]]; then
  echo "outside-package: expected \"sum 14.0\", found \"$printed\"" >&2
  exit 1
fi
echo "outside-package: a package that depends on this one by path builds and runs"
