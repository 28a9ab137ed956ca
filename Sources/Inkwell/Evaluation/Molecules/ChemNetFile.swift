internal import Foundation
internal import Models

extension EvaluationNetwork {
  /// ChemNet with the weights of fcd_torch; fetched from PyPI if it is not in the cache.
  ///
  /// - Parameters:
  ///   - cache: Where the package is kept.
  ///   - report: Told what is being done.
  /// - Returns: The network.
  /// - Throws: `DatasetError` where it cannot be fetched or is another file than the pinned one.
  static func chemNet(cache: URL, report: @escaping (String) -> Void) throws -> ChemNet {
    let downloads = cache.appending(path: "downloads").path(percentEncoded: false)
    let fetcher = PackageFetcher(
      cache: cache,
      advice: { "Or put \($0.file) into \(downloads) and try again." }, report: report)
    let folder = try fetcher.folder(of: chemNetPackage)
    return try ChemNet(
      contentsOf: folder.appending(path: "fcd_torch/ChemNet_v0.13_pretrained.pt"))
  }

  /// The package of ChemNet's weights.
  static let chemNetPackage = EmojiSources.Package(
    name: "fcd-torch", registry: .pypi, version: "1.0.7",
    file: "fcd_torch-1.0.7-py3-none-any.whl",
    sha256: "63a24aae88c554a7ba6422cffdef3ad7c1befec73f835b70ead04097a1ebed6f",
    provides: "ChemNet's weights", style: nil, license: "MIT",
    credit: "Insilico Medicine; ChemNet of Preuer et al. 2018",
    homepage: "https://github.com/insilicomedicine/fcd_torch")
}
