// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "inkwell-benchmarks",
  dependencies: [
    .package(name: "inkwell", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        .product(name: "Diffusion", package: "inkwell"),
        .product(name: "Layers", package: "inkwell"),
        .product(name: "Models", package: "inkwell"),
        .product(name: "Torch", package: "inkwell"),
        .product(name: "Training", package: "inkwell"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources",
      swiftSettings: [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
