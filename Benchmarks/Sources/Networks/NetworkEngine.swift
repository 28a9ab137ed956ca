internal import ArgumentParser

/// What computes a network.
enum NetworkEngine: String, CaseIterable, ExpressibleByArgument {
  case native
  case compiled
  case diffusers
  case tuned
  case torchCompile = "torch-compile"
  case openVINO = "openvino"

  /// What it is, for tables.
  var title: String {
    switch self {
    case .native: "Inkwell"
    case .compiled: "Inkwell, compiled"
    case .diffusers: "diffusers"
    case .tuned: "diffusers, tuned"
    case .torchCompile: "torch.compile, tuned"
    case .openVINO: "OpenVINO"
    }
  }

  /// Whether Inkwell computes it.
  var isOwn: Bool { self == .native || self == .compiled }

  /// Whether it is started with the libraries that tuned peers are.
  var isTuned: Bool { self == .tuned || self == .torchCompile }

  /// How many times the weights in float32 it has in memory at its peak, as seen with Stable
  /// Diffusion 1.5's: the copies that engines order anew, and the file that is read.
  var copies: Double {
    switch self {
    case .native: 1.3
    case .diffusers, .tuned, .torchCompile: 1.6
    case .compiled: 2.3
    case .openVINO: 3.1
    }
  }
}
