/// The continuous processes with their usual parameters, by name.
public enum Processes {
  /// Every process and how it is made.
  public static let all: [CatalogEntry<@Sendable () throws -> any NoiseProcess>] = [
    CatalogEntry(name: "vp", summary: "variance-preserving, linear beta") {
      try VariancePreserving()
    },
    CatalogEntry(name: "vp-cosine", summary: "variance-preserving, a cosine") {
      try CosineProcess()
    },
    CatalogEntry(name: "sub-vp", summary: "less variance than \"vp\"") {
      try SubVariancePreserving()
    },
    CatalogEntry(name: "ve", summary: "variance-exploding, equal ratios") {
      try VarianceExploding()
    },
    CatalogEntry(name: "edm", summary: "variance-exploding, time is sigma") {
      try EDMProcess()
    },
    CatalogEntry(name: "flow", summary: "the marginals of the straight path") { FlowProcess() },
  ]

  /// The process of a name, or an error with the nearest names.
  public static func named(_ name: String) throws -> any NoiseProcess {
    try find(name, among: all, kind: "process")()
  }
}
