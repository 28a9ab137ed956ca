// swift-tools-version: 6.2

import PackageDescription

let swift: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "inkwell-benchmarks",
  dependencies: [
    .package(name: "inkwell", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
  ],
  targets: [
    // Optimized in debug builds too: what it measures is the processor.
    .target(
      name: "CPeak", path: "CPeak",
      cSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-O2"])],
      linkerSettings: [.linkedLibrary("pthread", .when(platforms: [.linux]))]),
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        "CPeak",
        .product(name: "Diffusion", package: "inkwell"),
        .product(name: "Evaluation", package: "inkwell"),
        .product(name: "Inkwell", package: "inkwell"),
        .product(name: "Layers", package: "inkwell"),
        .product(name: "Modalities", package: "inkwell"),
        .product(name: "Models", package: "inkwell"),
        .product(name: "Torch", package: "inkwell"),
        .product(name: "Training", package: "inkwell"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources", swiftSettings: swift),
    .testTarget(
      name: "BenchmarksTests",
      dependencies: ["benchmarks", .product(name: "Evaluation", package: "inkwell")],
      path: "Tests", swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6]
)
