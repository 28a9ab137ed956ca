internal import Foundation
internal import Models

extension Generate {
  /// A ControlNet and the picture that it goes by, such as edges, depths or a pose.
  public struct Control: Codable, Sendable, Hashable {
    /// The path of the ControlNet's folder, in diffusers' layout.
    public var model: String
    /// The path of the picture, as large as what is drawn.
    public var picture: String
    /// How much it counts, 0 … 10.
    public var scale: Double

    /// Names a ControlNet and a picture.
    public init(model: String, picture: String, scale: Double = 1) {
      self.model = model
      self.picture = picture
      self.scale = scale
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
