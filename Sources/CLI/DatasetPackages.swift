internal import ArgumentParser
internal import Foundation

/// Where the packages are from that a data set is made of.
struct DatasetPackages: ParsableArguments {
  @Option(
    name: .customLong("sources"), help: "A folder with a folder for each unpacked package.",
    completion: .directory)
  private var sourcesPath: String?

  @Option(
    name: .customLong("cache"),
    help: "Where downloads are kept (default: beside the output).", completion: .directory)
  private var cachePath: String?

  /// A folder of unpacked packages to use in place of downloads.
  var sources: URL? { sourcesPath.map { URL(filePath: $0) } }

  /// Where downloads are kept.
  var cache: URL? { cachePath.map { URL(filePath: $0) } }

  /// Says what is being done.
  static func say(_ sentence: String) {
    FileHandle.standardError.write(Data("\(sentence) …\n".utf8))
  }
}
