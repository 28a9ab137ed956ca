/// A library of models, as a file of the package sweethome3d-furniture.
enum FurnitureLibrary: String, CaseIterable {
  case blendSwapZero = "BlendSwap-CC-0"
  case blendSwap = "BlendSwap-CC-BY"
  case katorLegaz = "KatorLegaz"
  case reallusion = "Reallusion"
  case scopia = "Scopia"

  /// The SPDX identifier of its licence, as the library's LICENSE.TXT and Debian's file of
  /// copyrights say.
  var license: String {
    switch self {
    case .blendSwapZero: "CC0-1.0"
    case .blendSwap, .scopia: "CC-BY-3.0"
    case .katorLegaz, .reallusion: "CC-BY-3.0-US"
    }
  }
}
