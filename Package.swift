// swift-tools-version: 6.2

import Foundation
import PackageDescription

let root = URL(filePath: #filePath).deletingLastPathComponent()
let libTorch =
  ProcessInfo.processInfo.environment["LIBTORCH"]
  ?? root.appending(path: ".deps/libtorch").path(percentEncoded: false)

/// The program opens OpenVINO's runtime there when it compiles a network; nothing is built with it.
let openVINO =
  ProcessInfo.processInfo.environment["OPENVINO"]
  ?? root.appending(path: ".deps/openvino").path(percentEncoded: false)

if !FileManager.default.fileExists(atPath: libTorch + "/include/ATen/ATen.h") {
  FileHandle.standardError.write(
    Data("inkwell: LibTorch is not at \(libTorch). Run Scripts/setup first.\n".utf8))
}

/// The settings of every Swift target.
let swift: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The C++ that sees LibTorch is optimized in debug builds too: the tests are slow otherwise.
let torchCxx: [CXXSetting] = [
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-O2", "-I\(libTorch)/include", "-I\(libTorch)/include/torch/csrc/api/include"]),
]
/// RDKit's headers name each other from their own folder, and no pkg-config file says where
/// that is.
#if os(macOS)  // Untested.
  let rdkitHeaders = "/opt/homebrew/include/rdkit"
  let rdkitLinker: [LinkerSetting] = [.unsafeFlags(["-L/opt/homebrew/lib"])]
#else
  let rdkitHeaders = "/usr/include/rdkit"
  let rdkitLinker: [LinkerSetting] = []
#endif
let rdkitCxx: [CXXSetting] = [
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-O2", "-isystem", rdkitHeaders]),
]
let rdkitLibraries = [
  "ChemTransforms", "DataStructs", "Descriptors", "DistGeomHelpers", "FileParsers",
  "Fingerprints", "ForceField", "ForceFieldHelpers", "GraphMol", "MolAlign",
  "RDGeneral", "RDGeometryLib", "SmilesParse",
]

/// An installed program has its libraries beside it; one that was only built finds LibTorch's own.
#if os(macOS)  // Untested.
  let installedLibraries = "@executable_path/../lib/inkwell"
#else
  let installedLibraries = "$ORIGIN/../lib/inkwell"
#endif
let torchLinker: [LinkerSetting] = [
  .unsafeFlags(
    ["-L\(libTorch)/lib"]
      + [installedLibraries, "\(libTorch)/lib", "\(openVINO)/lib"].flatMap {
        ["-Xlinker", "-rpath", "-Xlinker", $0]
      }),
  .linkedLibrary("torch_cpu"),
  .linkedLibrary("c10"),
]

/// A library target whose imports point only at what stands left of it in the design.
func library(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  resources: [Resource]? = nil
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: swift)
}

/// The tests of a target, with the shared support.
///
/// Fixtures are read where they lie, so they are left out of the target.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], exclude: exclude,
    swiftSettings: swift)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
/// Only a product that a target names lets SwiftPM pin its package without a warning; Windows,
/// where nothing is built, keeps it out of the build.
let pinned = Target.Dependency.product(
  name: "SwiftASN1", package: "swift-asn1", condition: .when(platforms: [.windows]))

let package = Package(
  name: "inkwell",
  products: [
    .library(name: "Inkwell", targets: ["Inkwell"]),
    .library(name: "Diffusion", targets: ["Diffusion"]),
    .library(name: "Evaluation", targets: ["Evaluation"]),
    .library(name: "Layers", targets: ["Layers"]),
    .library(name: "Modalities", targets: ["Modalities"]),
    .library(name: "Models", targets: ["Models"]),
    .library(name: "Torch", targets: ["Torch"]),
    .library(name: "Training", targets: ["Training"]),
    .library(name: "Verification", targets: ["Verification"]),
    .executable(name: "inkwell", targets: ["Launcher"]),
    .executable(name: "inkwell-program", targets: ["CLI"]),
    .executable(name: "inkwell-clip-reader", targets: ["ClipReader"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    // swift-crypto takes any 1.x of it.
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
  ],
  targets: [
    .target(name: "CTorch", cxxSettings: torchCxx, linkerSettings: torchLinker),
    .systemLibrary(
      name: "CVipsLibrary", pkgConfig: "vips",
      providers: [.apt(["libvips-dev"]), .brew(["vips"])]),
    .target(
      name: "CVips", dependencies: ["CVipsLibrary"], cSettings: [.treatAllWarnings(as: .error)]),
    .systemLibrary(
      name: "CSndFileLibrary", pkgConfig: "sndfile",
      providers: [.apt(["libsndfile1-dev"]), .brew(["libsndfile"])]),
    .systemLibrary(
      name: "CSoXRLibrary", pkgConfig: "soxr",
      providers: [.apt(["libsoxr-dev"]), .brew(["libsoxr"])]),
    .systemLibrary(
      name: "CEBUR128Library", pkgConfig: "libebur128",
      providers: [.apt(["libebur128-dev"]), .brew(["libebur128"])]),
    .systemLibrary(
      name: "CFFmpegLibrary", pkgConfig: "libavformat",
      providers: [
        .apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"]),
        .brew(["ffmpeg"]),
      ]),
    .target(
      name: "CFFmpeg", dependencies: ["CFFmpegLibrary"],
      cSettings: [.treatAllWarnings(as: .error)],
      // pkg-config names the library of the files alone.
      linkerSettings: ["avcodec", "avutil", "swscale", "m"].map { .linkedLibrary($0) }),
    // Clips from strangers are read by it, in a process of its own.
    .executableTarget(
      name: "ClipReader", dependencies: ["CFFmpeg"], cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(name: "Launcher", cSettings: [.treatAllWarnings(as: .error)]),

    .target(
      name: "CRDKit", cxxSettings: rdkitCxx,
      linkerSettings: rdkitLinker + rdkitLibraries.map { .linkedLibrary("RDKit\($0)") }),
    .target(
      name: "COpenVINO", cSettings: [.treatAllWarnings(as: .error)],
      linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .systemLibrary(name: "CProgram"),
    .target(name: "CFiles", cSettings: [.treatAllWarnings(as: .error)]),
    library("Files", ["CFiles"]),
    library("Torch", ["CTorch"]),
    library("Layers", ["Torch"]),
    library("Compiler", ["Torch", "COpenVINO"]),
    library("Diffusion", ["Torch"]),
    library("Checkpoints", ["Files", "Torch", crypto, pinned]),
    library(
      "Modalities",
      [
        "Files", "Torch", "CVips", "CSndFileLibrary", "CSoXRLibrary", "CEBUR128Library", "CFFmpeg",
        "CRDKit",
      ]),
    library(
      "Models",
      ["Files", "Torch", "Layers", "Compiler", "Diffusion", "Checkpoints", "Modalities"]),
    library("Training", ["Files", "Torch", "Layers", "Checkpoints"]),
    library("Evaluation", ["Torch", "Layers", "Modalities"]),
    library("Verification", ["Torch", "Diffusion"]),
    library(
      "Inkwell",
      [
        "Files", "Torch", "Layers", "Compiler", "Diffusion", "Checkpoints", "Modalities", "Models",
        "Training", "Evaluation", "Verification", "CProgram", crypto,
      ],
      resources: [
        .embedInCode("Datasets/conformers_sources.json"),
        .embedInCode("Datasets/digits_sources.json"), .embedInCode("Datasets/emoji_sources.json"),
        .embedInCode("Datasets/furniture_sources.json"),
        .embedInCode("Datasets/molecules_sources.json"),
        .embedInCode("Datasets/music_sources.json"),
        .embedInCode("Datasets/sprites_sources.json"),
        .embedInCode("Datasets/stamps_sources.json"), .embedInCode("Shapes/shapes.html"),
      ]),
    .executableTarget(
      name: "CLI",
      dependencies: [
        "Inkwell", "Modalities", "Torch", "Training", "Verification", argumentParser,
      ],
      swiftSettings: swift),

    .target(
      name: "TestSupport", dependencies: ["Torch", "Checkpoints"], path: "Tests/Support",
      swiftSettings: swift),
    tests("Files", ["Files"]),
    tests(
      "Torch", ["Torch"],
      exclude: ["Operators/operators.safetensors", "generators.safetensors", "dtypes.safetensors"]),
    tests("Compiler", ["Compiler", "Torch"]),
    tests(
      "Layers", ["Layers", "Torch"],
      exclude: [
        "layers.safetensors", "sequence_layers.safetensors", "Equivariant/equivariant.safetensors",
      ]),
    tests(
      "Diffusion", ["Diffusion", "Torch", "Verification"],
      exclude: [
        "samplers.json", "deterministic_samplers.json", "stochastic_samplers.json",
        "sampler_formulas.json", "guidance.json", "schedules.json",
      ]),
    tests(
      "Checkpoints", ["Checkpoints", "Files", "Torch"],
      exclude: [
        "ONNX/weights.onnx", "ONNX/weights.safetensors", "Safetensors/cases.json",
        "Safetensors/dtypes.safetensors", "TorchPickle/cases.json",
        "TorchPickle/state_dict.pth", "TorchPickle/state_dict.safetensors",
        "TorchPickle/archive_cases.json", "TorchPickle/lightning.ckpt",
        "TorchPickle/lightning.safetensors", "GGUF/cases.json", "GGUF/read.gguf",
        "GGUF/read.safetensors", "GGUF/write.gguf", "GGUF/write.safetensors",
      ]),
    tests(
      "Evaluation", ["Evaluation", "Layers", "Modalities", "Torch"], exclude: ["evaluation.json"]),
    tests(
      "Inkwell",
      [
        "Inkwell", "CLI", "Checkpoints", "Diffusion", "Evaluation", "Files", "Layers", "Modalities",
        "Models", "Torch", "Training", "Verification", crypto,
      ],
      exclude: [
        "Datasets/annotations.xml", "Datasets/emoji-test.txt",
        "DiT/pipeline", "DiT/pipeline.safetensors",
        "Evaluation/efficientnet_lite0.safetensors", "Molecules/chemnet.json",
        "Molecules/chemnet.safetensors", "Provenance/pictures.json",
        "Sampling/terrain.safetensors",
        "StableDiffusion/sd1", "StableDiffusion/sd1.json", "StableDiffusion/sd1.safetensors",
        "StableDiffusion/sdxl", "StableDiffusion/sdxl.json", "StableDiffusion/sdxl.safetensors",
        "StableDiffusion/redraw.json", "StableDiffusion/redraw.safetensors",
        "StableDiffusion/control", "StableDiffusion/control.json",
        "StableDiffusion/control.safetensors", "StableDiffusion/lcm.json",
        "StableDiffusion/lcm.safetensors", "StableDiffusion/heat_maps.safetensors",
        "StableDiffusion/tasks", "StableDiffusion/tasks.json",
        "StableDiffusion/tasks.safetensors",
        "StableDiffusion/ip_adapter", "StableDiffusion/steering",
        "StableDiffusion/steering.json", "StableDiffusion/steering.safetensors",
        "StableDiffusion/image_prompts.json", "StableDiffusion/image_prompts.safetensors",
        "StableDiffusion/words.json", "StableDiffusion/words.safetensors",
        "StableDiffusion/savings.json", "StableDiffusion/savings.safetensors",
      ]),
    tests(
      "Modalities", ["Files", "Modalities", "Torch"],
      exclude: [
        "Audio/sounds.json", "Images/edges.json", "Images/images.json",
        "Molecules/binary_cif.bcif", "Molecules/binary_cif.json", "Molecules/molecules.json",
        "Molecules/properties.json",
        "Molecules/contacts.json", "Molecules/part.cif", "Molecules/part.pdb",
        "Molecules/proteins.json", "Molecules/proteins.safetensors",
        "Shapes/shapes.json", "Shapes/written",
        "Text/a1111_prompts.json",
        "Text/characters.json",
        "Text/compel_prompts.json",
        "Text/clip_texts.json", "Text/clip_tokens.json", "Text/prompt_templates.json",
        "Text/wordpiece.json", "Video/clips.json",
      ]),
    tests(
      "Models", ["Models", "Checkpoints", "Diffusion", "Layers", "Modalities", "Torch"],
      exclude: [
        "ADM/updown.json", "ADM/updown.safetensors", "ADM/plain.json", "ADM/plain.safetensors",
        "ADM/pooled.json", "ADM/pooled.safetensors", "ADM/attention.json",
        "ADM/attention.safetensors", "ADM/adaptive.json", "ADM/adaptive.safetensors",
        "ADM/spatial.json", "ADM/spatial.safetensors", "ADM/spatial_v2.json",
        "ADM/spatial_v2.safetensors",
        "AutoencoderKL/tiny", "AutoencoderKL/plain", "AutoencoderKL/patched",
        "AutoencoderTiny/tiny", "AutoencoderTiny/uneven",
        "CLIPText/tokenizer", "CLIPText/tiny", "CLIPText/projected", "CLIPText/inversions",
        "CLIPText/a1111.json", "CLIPVision/tiny",
        "CLIPText/a1111.safetensors", "CLIPText/compel.json", "CLIPText/compel.safetensors",
        "Adapters/own", "Adapters/training.safetensors", "EfficientNetLite/tiny.safetensors",
        "MiniLM/tiny", "MiniLM/prompts.json",
        "MiniLM/prompts.safetensors", "Oobleck/tiny", "Oobleck/odd", "PixArt/tiny", "PixArt/scaled",
        "StableAudio/transformer", "StableAudio/projection", "StableAudio/pipeline",
        "DiffDock/complexes.json", "DiffDock/confidence", "DiffDock/golden.safetensors",
        "DiffDock/plain", "DiffDock/second", "DiT/tiny", "DiT/plain",
        "PointE/added", "PointE/token", "StableDiffusion/KeyMaps/keys.txt", "T5/relu", "T5/gated",
        "TorsionalDiffusion/golden.safetensors", "TorsionalDiffusion/molecules.json",
        "TorsionalDiffusion/plain", "TorsionalDiffusion/second", "VisualBERT/tiny",
        "WanAutoencoder/tiny",
        "WanAutoencoder/uneven", "WanAutoencoder/patched", "WanTransformer/image",
        "WanTransformer/text",
        "Wan/golden.safetensors",
      ]
        + [
          "sd1", "sd2", "sdxl", "x4", "pruned", "rare", "label_timestep", "label_identity",
          "label_simple_projection", "control", "control_xl", "adapter_full_adapter",
          "adapter_full_adapter_xl", "adapter_light_adapter", "image", "resampler", "adaptive",
          "adaptive_pair",
        ].map { "StableDiffusion/\($0)" }
        + [
          "attention", "diffusers", "full", "kohya", "locon", "loha", "lokr", "peft", "peft_dora",
          "sgm",
        ].flatMap { ["Adapters/\($0).safetensors", "Adapters/\($0).golden.safetensors"] }),
    tests(
      "Training",
      ["Files", "Torch", "Layers", "Diffusion", "Checkpoints", "Training", "TrainingProbe"],
      exclude: ["training.safetensors"]),
    tests("Verification", ["Verification", "Diffusion", "Torch"]),
    .executableTarget(
      name: "TrainingProbe", dependencies: ["Torch", "Layers", "Training"],
      path: "Tests/TrainingProbe", swiftSettings: swift),
    .executableTarget(
      name: "ModelProbe", dependencies: ["Checkpoints", "Models", "Torch"],
      path: "Tests/ModelProbe", swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
