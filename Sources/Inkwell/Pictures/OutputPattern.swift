internal import Files
public import Foundation
internal import Modalities

/// Where pictures are written: a file, a folder, or a name with places to fill in.
///
/// `{prompt}`, or what else the task calls it, becomes what the picture is asked to show, with
/// hyphens for all that is no letter or digit; `{seed}` the seed; `{index}` the picture's number,
/// from 1.
public struct OutputPattern: Sendable, Hashable {
  /// What is written.
  public enum Kind: Sendable, Hashable {
    /// PNG files, of which the task has a word for what they are asked to show.
    case picture(subject: String)
    /// Files in any format of sounds that is written.
    case sound
    /// Files in any format of shapes.
    case shape

    /// The word for what a file is asked to be.
    var subject: String {
      switch self {
      case .picture(let subject): subject
      case .sound, .shape: "prompt"
      }
    }

    /// What names end in where none is given.
    var fileExtension: String {
      switch self {
      case .picture: "png"
      case .sound: "wav"
      case .shape: "glb"
      }
    }

    func check(_ path: String, of given: String) throws {
      switch self {
      case .picture:
        guard path.lowercased().hasSuffix(".png") else { throw OutputError.notPNG(given) }
      case .sound: _ = try SoundFormat(fileName: path)
      case .shape: _ = try ShapeFormat(fileName: path)
      }
    }
  }

  private let path: String
  private let subject: String

  /// The pattern that a user wrote.
  ///
  /// - Parameters:
  ///   - path: A file whose name ends in `.png`, or a folder, which is there or ends in a slash;
  ///     the
  ///     current folder if not given.
  ///   - subject: The task's word for what a picture is asked to show.
  /// - Throws: ``OutputError``.
  public init(_ path: String?, subject: String = "prompt") throws {
    try self.init(path, for: .picture(subject: subject))
  }

  /// The pattern that a user wrote, for files of a kind.
  ///
  /// - Throws: ``OutputError``, or `SoundError` or `ShapeError` for a name that ends in no
  ///   format of theirs.
  public init(_ path: String?, for kind: Kind) throws {
    let subject = kind.subject
    self.subject = subject
    let name = "{\(subject)}-{seed}.\(kind.fileExtension)"
    guard let path, !path.isEmpty else {
      self.path = name
      return
    }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if path.hasSuffix("/") || (exists && isFolder.boolValue) {
      self.path = path + (path.hasSuffix("/") ? "" : "/") + name
    } else {
      self.path = path
    }
    try kind.check(self.path, of: path)
    for part in path.split(separator: "{").dropFirst(path.hasPrefix("{") ? 0 : 1) {
      guard let end = part.firstIndex(of: "}") else { continue }
      let place = String(part[..<end])
      guard [subject, "seed", "index"].contains(place) else {
        throw OutputError.unknownPlace(place, subject: subject)
      }
    }
  }

  /// A file for each thing that is asked for.
  ///
  /// - Throws: ``OutputError`` if two would be in the same file.
  public func files(for request: some SeededRequest) throws(OutputError) -> [URL] {
    var files: [URL] = []
    var seen: Set<String> = []
    let digits = String(request.total).count
    for index in 0..<request.total {
      let number = String(index + 1)
      let filled =
        path
        .replacing("{seed}", with: String(request.seed(of: index)))
        .replacing(
          "{index}", with: String(repeating: "0", count: digits - number.count) + number
        )
        .replacing("{\(subject)}", with: Self.name(of: request.subject(of: index)))
      guard seen.insert(filled).inserted else { throw .repeated(filled, pictures: request.total) }
      files.append(URL(filePath: filled, directoryHint: .notDirectory))
    }
    return files
  }

  /// Makes sure that the files can be written, before there is anything to write.
  ///
  /// A folder that is missing is made; in every folder, a file is made and removed.
  ///
  /// - Parameters:
  ///   - files: The files.
  ///   - replacing: Whether files that are there may be replaced.
  /// - Throws: ``OutputError``.
  public static func check(_ files: [URL], replacing: Bool) throws(OutputError) {
    for file in files {
      var status = stat()
      guard lstat(file.path(percentEncoded: false), &status) == 0 else { continue }
      let path = file.path(percentEncoded: false)
      if status.st_mode & S_IFMT == S_IFDIR { throw .notWritable(path, reason: "it is a folder") }
      guard replacing else { throw .exists(path) }
    }
    for folder in Set(files.map { $0.deletingLastPathComponent() }) { try check(folder: folder) }
  }

  private static func check(folder: URL) throws(OutputError) {
    let path = folder.path(percentEncoded: false)
    do {
      try Folder.make(folder)
    } catch .system(_, _, let reason) {
      throw .notWritable(path, reason: reason)
    } catch {
      throw .notWritable(path, reason: "\(error)")
    }
    let probe = folder.appending(path: ".inkwell-\(UInt64.random(in: .min ... .max)).part")
      .path(percentEncoded: false)
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .notWritable(path, reason: String(cString: strerror(errno)))
    }
    close(descriptor)
    unlink(probe)
  }

  /// A prompt as a part of a file name: letters and digits, and hyphens between them.
  static func name(of prompt: String) -> String {
    let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }
    var name = ""
    for word in words where name.utf8.count + word.utf8.count < 80 {
      name += (name.isEmpty ? "" : "-") + word
    }
    return name.isEmpty ? "picture" : name
  }
}

/// Why pictures cannot be written where they are wanted.
public enum OutputError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name does not end as that of a PNG file.
  case notPNG(String)
  /// The pattern has a place that nothing fills.
  case unknownPlace(String, subject: String = "prompt")
  /// Two pictures would be in the same file.
  case repeated(String, pictures: Int)
  /// The file is there already.
  case exists(String)
  /// The system refuses.
  case notWritable(String, reason: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .notPNG(let path):
      "\(path): expected a name that ends in .png, or a folder; "
        + "only PNG files carry how they were made"
    case .unknownPlace(let name, let subject):
      "output: expected {\(subject)}, {seed} or {index}, found {\(name)}"
    case .repeated(let path, let pictures):
      "output: expected a file for each of \(pictures) pictures, found \(path) twice; "
        + "put {seed} or {index} into the name, or name a folder"
    case .exists(let path):
      "\(path) is there already; name another file, or replace it with --force"
    case .notWritable(let path, let reason):
      "\(path) cannot be written: \(reason)"
    }
  }
}
