internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Torch

/// The pictures of a folder in memory, with what is said about them.
struct PictureSet: CaptionedSet {
  /// The pictures, `[count, colors, side, side]`, `uint8`.
  let pictures: Tensor
  /// What is said about each.
  let records: [ImageFolder.Record]
  /// The pictures that could not be read.
  let broken: [ImageFolder.Broken]
  /// What names the data: the SHA-256 of the folder's `metadata.jsonl`, of the names of the files
  /// that could be read, and of their pixels.
  let hash: String

  /// Reads the pictures of a folder's split, and of some styles only if they are given.
  ///
  /// - Parameters:
  ///   - folder: A folder of pictures with `metadata.jsonl`.
  ///   - side: The width and height that every picture is brought to.
  ///   - split: The split; a picture of none belongs to `train`.
  ///   - styles: The styles; all if not given.
  ///   - colors: 3, or 1 for the grey of the mean of the colours.
  ///   - cropped: Whether the middle of a picture that is no square is taken, and not the whole on
  ///     white.
  /// - Throws: `ImageFolderError`, or ``TrainingDataError`` where no picture is left.
  init(
    folder: URL, side: Int, split: String, styles: [String]?, colors: Int = 3,
    cropped: Bool = false
  ) throws {
    precondition(colors == 1 || colors == 3, "grey or colours")
    let source = try ImageFolder(contentsOf: folder)
    var tensors: [Tensor] = []
    var records: [ImageFolder.Record] = []
    var broken: [ImageFolder.Broken] = []
    try source.forEachPicture(
      where: { record in
        (record.split ?? "train") == split
          && (styles?.contains(record.style ?? "") ?? true)
      },
      broken: { broken.append($0) },
      { picture in
        let square =
          cropped ? picture.image.croppedToSquare() : picture.image.flattened().centeredInSquare()
        let fitted = square.width == side ? square : try square.resized(width: side, height: side)
        tensors.append(colors == 1 ? Self.grey(fitted.bytes) : fitted.bytes)
        records.append(picture.record)
      })
    guard !tensors.isEmpty else {
      throw TrainingDataError.empty(
        folder: folder.path(percentEncoded: false), split: split, styles: styles)
    }
    pictures = tensors.stacked()
    self.records = records
    self.broken = broken
    hash = FileHash.sha256(
      ofTexts: [
        try FileHash.sha256(of: folder.appending(path: "metadata.jsonl")),
        pictures.withUnsafeBytes { FileHash.sha256(of: $0) },
      ] + records.map(\.fileName))
  }

  /// Reads the pictures that a training is to see, and reports those that it cannot read.
  init(
    trainingOn data: String, side: Int, styles: [String]?, colors: Int = 3,
    cropped: Bool = false, report: (TrainingReport) -> Void
  ) throws {
    report(.note("reading the pictures of \(data)"))
    try self.init(
      folder: URL(filePath: data), side: side, split: "train", styles: styles, colors: colors,
      cropped: cropped)
    for broken in broken { report(.note("\(broken)")) }
  }

  /// The mean of the colours, `[3, height, width]`, as `[1, height, width]`.
  private static func grey(_ bytes: Tensor) -> Tensor {
    bytes.converted(to: .float32).mean(dims: [0], keepingDims: true).rounded()
      .converted(to: .uint8)
  }

  /// Some of the pictures in [-1, 1], `[indices.count, colors, side, side]`.
  func batch(_ indices: [Int]) -> Tensor {
    Image.scaled(pictures.indexSelected(dim: 0, Tensor(indices)))
      .contiguous(memoryFormat: .channelsLast)
  }
}

/// The pictures of a split that is held out, or nothing where there are none.
func heldOutPictures(
  _ split: String = "heldout", in data: String, side: Int, _ styles: [String]? = nil,
  colors: Int = 3
) throws -> PictureSet? {
  do {
    return try PictureSet(
      folder: URL(filePath: data), side: side, split: split, styles: styles, colors: colors)
  } catch TrainingDataError.empty {
    return nil
  }
}

/// What can be wrong with a folder of training data.
public enum TrainingDataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// No picture of the folder is of that split and those styles.
  case empty(folder: String, split: String, styles: [String]?)
  /// A weight is given to a group that no picture has.
  case unknownGroup(String, known: [String])
  /// A weight of a group is below 0 or not finite.
  case groupWeight(String, Double)
  /// A clip has another size, or fewer frames: frames, rows and columns.
  case clip(String, expected: [Int], found: [Int])
  /// A picture has no label, or one that is not below the number of classes.
  case label(picture: String, found: Int?, classes: Int)
  /// A picture has no name.
  case name(picture: String)
  /// A sound has no melody.
  case noMelody(String, folder: String)
  /// No shape of the folder is of that split and those groups.
  case shapes(folder: String, split: String, groups: [String]?)
  /// A file has no cloud of points, or one of fewer than are to be drawn.
  case points(String, expected: Int, found: Int)
  /// No shape of a folder has a picture.
  case pictures(folder: String)
  /// Every text has more tokens than there is room for.
  case texts(longest: Int)
  /// A model to start from says other words than the data has: the file of its tokenizer.
  case vocabulary(String)

  /// What was asked for and where.
  public var description: String {
    switch self {
    case .empty(let folder, let split, let styles):
      "no picture in \(folder) is of split \"\(split)\""
        + (styles.map { " and of a style among \($0.joined(separator: ", "))" } ?? "")
    case .unknownGroup(let group, let known):
      "groupWeights: expected a group among \(known.joined(separator: ", ")), found \(group)"
    case .groupWeight(let group, let weight):
      "groupWeights.\(group): expected a number from 0, found \(weight)"
    case .clip(let clip, let expected, let found):
      "\(clip): expected at least \(expected[0]) frames of \(expected[2]) x \(expected[1]), "
        + "found \(found[0]) of \(found[2]) x \(found[1])"
    case .label(let picture, let found, let classes):
      "\(picture): expected a label from 0 to \(classes - 1), found "
        + (found.map { "\($0)" } ?? "none")
    case .name(let picture): "\(picture): expected a name, found none"
    case .noMelody(let sound, let folder):
      "\(sound) in \(folder): expected the path of a sound of its melody as \"melody\" in "
        + "metadata.jsonl, found none"
    case .shapes(let folder, let split, let groups):
      "no shape in \(folder) is of split \"\(split)\""
        + (groups.map { " and of a group among \($0.joined(separator: ", "))" } ?? "")
    case .points(let file, let expected, let found):
      "\(file): expected at least \(expected) points and no faces, found \(found) points"
    case .pictures(let folder):
      "\(folder): expected shapes with a \"picture\", found none; build the data set again, or leave "
        + "\"pictures\" out of the recipe"
    case .texts(let longest):
      "maximumTokens: expected room for the texts, found \(longest), fewer than any has"
    case .vocabulary(let file):
      "\(file): expected the words of the texts to train on, found others"
    }
  }
}

extension PictureSet {
  /// The number of each picture's class.
  ///
  /// - Parameter classes: How many classes there are.
  /// - Returns: A number below `classes` for each picture.
  /// - Throws: ``TrainingDataError/label(picture:found:classes:)``.
  func labels(classes: Int) throws -> [Int] {
    try records.map { record in
      guard let label = record.label, label < classes else {
        throw TrainingDataError.label(
          picture: record.fileName, found: record.label, classes: classes)
      }
      return label
    }
  }
}
