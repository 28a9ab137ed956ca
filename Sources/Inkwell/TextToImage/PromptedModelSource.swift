internal import Foundation

/// A model that makes pictures of prompts, where it lies on the disk.
protocol PromptedModelSource: Sendable {
  associatedtype Model: PromptedModel

  /// The folder or the file.
  var url: URL { get }

  /// What the model draws, in a few words.
  var summary: String { get }

  /// The styles that a prompt can name.
  var styles: [String] { get }

  /// The size of the pictures that it was trained for.
  var nativeSize: PictureSize { get throws }

  /// The bytes of all files on which a picture depends.
  var byteCount: Int { get throws }

  /// How pictures are sampled unless something else is asked for.
  var settings: SamplingSettings { get throws }

  /// The SHA-256 of every file on which a picture depends, by its path in the folder.
  func hashes() throws -> [String: String]

  /// What a run needs in memory.
  ///
  /// - Parameter demand: What it asks of the model.
  /// - Returns: The needs.
  /// - Throws: What is wrong with a file.
  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds

  /// How many times as wide and high it makes a picture that is to be enlarged.
  var enlargement: Double { get throws }

  /// Reads the model.
  ///
  /// - Parameter additions: What is added to it.
  /// - Returns: The model.
  /// - Throws: What is wrong with the model, or with an addition.
  func model(_ additions: ModelAdditions) throws -> Model
}

extension PromptedModelSource {
  /// The folder's or file's own name.
  var name: String { url.standardizedFileURL.lastPathComponent }

  /// The styles that a prompt can name.
  var styles: [String] { [] }

  /// Twice, by a model that was not trained for it.
  var enlargement: Double { 2 }

  /// Reads the model as it is.
  func model() throws -> Model { try model(ModelAdditions()) }

  /// The bytes of files.
  static func byteCount(of files: [URL]) throws -> Int {
    try files.reduce(0) { sum, file in
      let path = file.path(percentEncoded: false)
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size]
      return sum + ((size as? NSNumber)?.intValue ?? 0)
    }
  }
}
