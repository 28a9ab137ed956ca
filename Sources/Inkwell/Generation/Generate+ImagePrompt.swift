internal import Foundation
internal import Models

extension Generate {
  /// Pictures that are drawn after as a prompt is, by an IP-Adapter.
  ///
  /// Ye et al. 2023, https://arxiv.org/abs/2308.06721.
  public struct ImagePrompt: Codable, Sendable, Hashable {
    /// A picture, and how much it counts among those that are blended.
    public struct Picture: Codable, Sendable, Hashable {
      /// The path of its file.
      public var path: String
      /// Its share before all are scaled to a sum of 1, 0 … 1,000.
      public var weight: Double

      /// Names a picture.
      public init(path: String, weight: Double = 1) {
        self.path = path
        self.weight = weight
      }
    }

    /// The pictures, at least one; of several, the mean of what they are to the image encoder.
    public var pictures: [Picture]
    /// The path of the IP-Adapter's file.
    public var adapter: String
    /// The path of the image encoder's folder, in transformers' layout; `image_encoder` beside the
    /// adapter if not given.
    public var encoder: String?
    /// How much the pictures count, -10 … 10.
    public var scale: Double
    /// The parts of the U-Net that see them, each with a factor for ``scale``, -10 … 10.
    ///
    /// They have diffusers' names, such as `up_blocks.0.attentions.1`; of two that name one part,
    /// the longer decides. All parts see them as much if not given.
    public var blocks: [String: Double]?
    /// The path of a picture that is white where they count; everywhere if not given.
    public var mask: String?

    /// Names a picture, which counts in all of the U-Net and everywhere.
    public init(picture: String, adapter: String, encoder: String? = nil, scale: Double = 1) {
      self.init(
        pictures: [Picture(path: picture)], adapter: adapter, encoder: encoder, scale: scale)
    }

    /// Names pictures to blend, with the weights that they have.
    public init(pictures: [Picture], adapter: String, encoder: String? = nil, scale: Double = 1) {
      self.pictures = pictures
      self.adapter = adapter
      self.encoder = encoder
      self.scale = scale
    }

    /// The parts of Stable Diffusion XL's U-Net that decide on a picture's style.
    ///
    /// Wang et al. 2024 (InstantStyle), https://arxiv.org/abs/2404.02733.
    public static let styleBlocks = ["up_blocks.0.attentions.1": 1.0]

    /// Those that decide on its layout.
    public static let layoutBlocks = ["down_blocks.2.attentions.1": 1.0]

    /// The image encoder's folder.
    var encoderFolder: URL {
      guard let encoder else {
        return URL(filePath: adapter).deletingLastPathComponent().appending(
          path: "image_encoder", directoryHint: .isDirectory)
      }
      return URL(filePath: encoder, directoryHint: .isDirectory)
    }

    /// The files that a picture then depends on, by what they are for.
    func files(number: Int) throws -> [String: String] {
      let place = "image prompt \(number)"
      let folder = encoderFolder
      let encoder =
        [folder.appending(path: "config.json")] + (try weightsFiles(in: folder, named: "model"))
      var files = ["\(place)/adapter": adapter]
      for file in encoder {
        files["\(place)/encoder/\(file.lastPathComponent)"] = file.path(percentEncoded: false)
      }
      for (index, picture) in pictures.enumerated() {
        files[pictures.count == 1 ? place : "\(place).\(index + 1)"] = picture.path
      }
      if let mask { files["\(place)/mask"] = mask }
      return files
    }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      try GenerateError.check("scale of an image prompt", scale, in: -10...10)
      for factor in (blocks ?? [:]).values {
        try GenerateError.check("factor of a block", factor, in: -10...10)
      }
      for picture in pictures {
        try GenerateError.check("weight of a picture", picture.weight, in: 0...1000)
      }
      guard pictures.contains(where: { $0.weight > 0 }) else {
        throw .value(
          "image prompt", expected: "a picture whose weight is not 0",
          found: pictures.isEmpty ? "no picture" : "none")
      }
    }
  }
}
