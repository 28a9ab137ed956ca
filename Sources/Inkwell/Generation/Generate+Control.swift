internal import Foundation
internal import Models

extension Generate {
  /// A ControlNet or a T2I-Adapter and the picture that it goes by: edges, depths or a pose.
  public struct Control: Codable, Sendable, Hashable {
    /// The path of the network's folder, in diffusers' layout.
    public var model: String
    /// The path of the picture, as large as what is drawn.
    public var picture: String
    /// How much it counts, 0 … 10.
    public var scale: Double
    /// The part of the run before which it does not steer, 0 … 1; 0 if not given.
    public var start: Double?
    /// The part of the run after which it does not, 0 … 1; 1 if not given.
    public var end: Double?

    /// Names a network and a picture.
    public init(model: String, picture: String, scale: Double = 1) {
      self.model = model
      self.picture = picture
      self.scale = scale
    }

    /// The part of the run in which it steers.
    var part: ClosedRange<Double> { (start ?? 0)...(end ?? 1) }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      try GenerateError.check("control scale", scale, in: 0...10)
      try GenerateError.check("control end", end, in: 0...1)
      try GenerateError.check("control start", start, in: 0...(end ?? 1))
    }

    /// The files that a picture then depends on, by what they are for.
    func files(number: Int) throws -> [String: String] {
      let folder = URL(filePath: model, directoryHint: .isDirectory)
      let files = [folder.appending(path: "config.json")] + (try weightsFiles(in: folder))
      let named = files.map {
        ("control \(number)/\($0.lastPathComponent)", $0.path(percentEncoded: false))
      }
      return Dictionary(uniqueKeysWithValues: named + [("control \(number)", picture)])
    }
  }
}
