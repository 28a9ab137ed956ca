internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell audit`: says which pictures look wrong.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Says which pictures look wrong, and why.",
    discussion: """
      inkwell audit apple.png
      inkwell audit pictures/ --data data/emoji --output audit.html

      What a model's pictures are compared with is in its folder: audit.json, which `inkwell audit \
      calibrate` writes. How often planted defects are found, `inkwell audit measure` measures.
      """,
    subcommands: [
      AuditPicturesCommand.self, AuditCalibrateCommand.self, AuditMeasureCommand.self,
    ],
    defaultSubcommand: AuditPicturesCommand.self)
}

/// `inkwell audit pictures`, or without its name: audits pictures.
struct AuditPicturesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pictures",
    abstract: "Says which pictures look wrong, and why.",
    discussion: """
      Each picture gets a line: its file, whether it is fine or to be looked at, and the checks that \
      flag it, each with its number, the limit and what is usual. A picture that `inkwell generate` \
      made says what it should show, and is compared with other seeds of the same record; with \
      --data it is compared with the training pictures, too.

      Checks: words, seeds, place, unfamiliar, copy, contrast, noise, seam, block, clipping.

      Exit codes: 0 all pictures are audited, whatever is found, 5 with --strict, if something is \
      found or a picture of a folder cannot be read, 1 the run failed, 2 not enough memory, 3 a \
      model or a file is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "Pictures, and folders of them.", completion: .file())
  var pictures: [String]

  @Option(help: "What pictures that do not say so were asked to show.")
  var prompt: String?

  @Option(
    help: """
      The model's name, or the path of its folder (default: that of the first picture's record).
      """)
  var model: String?

  @Option(
    help: "The folder of pictures that the model was trained on.", completion: .directory)
  var data: String?

  @Option(
    help: "What is usual (default: audit.json in the model's folder).",
    completion: .file(extensions: ["json"]))
  var calibration: String?

  @Option(
    help: "What to compare with: real, the real held-out pictures, or own, the model's own.",
    transform: { name in
      guard let population = AuditCalibration.Population(rawValue: name) else {
        throw ValidationError("--against: expected real or own, found \(name)")
      }
      return population
    })
  var against = AuditCalibration.Population.real

  @Option(
    help: "The share of pictures without a defect that may be flagged, above 0 to 0.5.")
  var falseAlarms = 0.05

  @Option(help: ArgumentHelp("Checks to leave out, separated by commas.", valueName: "a,b"))
  var skip: String?

  @Option(help: "Write all that is found to a file of JSON.", completion: .file())
  var json: String?

  @Option(
    help: "Write a page with the pictures and maps of their strange places, in HTML.",
    completion: .file(extensions: ["html"]))
  var output: String?

  @Flag(help: "End with exit code 5 if a picture is to be looked at or cannot be read.")
  var strict = false

  @Flag(help: "Replace files that are there.")
  var force = false

  @OptionGroup var watching: Looking

  func run() async throws {
    try await reportingFailures {
      let files = [json, output].compactMap { $0.map { URL(filePath: $0) } }
      try OutputPattern.check(files, replacing: force)
      var audit = Audit(pictures, prompt: prompt, model: model, data: data, against: against)
      audit.calibration = calibration
      audit.falseAlarms = falseAlarms
      audit.cache = watching.cache
      audit.skipped = try skippedChecks()
      let result = try watching { try audit(until: $0, report: $1) }
      for picture in result.pictures { print(line(picture)) }
      if let json { try result.write(to: URL(filePath: json)) }
      if let output {
        try AuditPage(result, data: data.map { URL(filePath: $0, directoryHint: .isDirectory) })
          .write(to: URL(filePath: output))
      }
      let found = result.pictures.count { $0.verdict == .lookAtIt }
      if !watching.quiet { say("\(found) of \(result.pictures.count) pictures to look at") }
      if strict, found > 0 || !result.broken.isEmpty { throw ExitCode.flagged }
    }
  }

  private func skippedChecks() throws -> [AuditCheck] {
    try (skip ?? "").split(separator: ",").map { name in
      guard let check = AuditCheck(rawValue: String(name)) else {
        throw ValidationError(
          "--skip: expected checks among "
            + "\(AuditCheck.allCases.map(\.rawValue).joined(separator: ", ")), found \(name)")
      }
      return check
    }
  }

  private func line(_ picture: PictureAudit) -> String {
    let flags = picture.flagged.map { finding in
      let about = finding.about.map { ", \($0)" } ?? ""
      let beyond = finding.value > finding.limit ? "above" : "below"
      return "\(finding.check.rawValue): \(finding.check.meaning)\(about) "
        + "(\(short(finding.value)), \(beyond) \(short(finding.limit)); "
        + "usual \(short(finding.usual)) \(finding.check.unit))"
    }
    let notMade =
      picture.notMade.isEmpty
      ? [] : ["not made: \(picture.notMade.keys.map(\.rawValue).sorted().joined(separator: ", "))"]
    return ([picture.file, picture.verdict.rawValue] + flags + notMade).joined(separator: "\t")
  }

  private func short(_ value: Double) -> String { String(format: "%.3g", value) }
}

/// `inkwell audit calibrate`: measures what is usual.
struct AuditCalibrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measures what the checks usually give, for a model and its data.",
    discussion: """
      Half of the pictures that the model was not trained on, and what it draws for some of their \
      captions, say what is usual. The first time, the features of all training pictures are made; \
      run the same command again to go on after any stop.
      """)

  @OptionGroup var subject: MeasuredModel

  @Option(help: "The captions that the model draws.")
  var captions = 100

  @Option(help: "The other seeds that a picture is compared with.")
  var others = 4

  @Option(
    help: "The file to write (default: audit.json in the model's folder).",
    completion: .file(extensions: ["json"]))
  var output: String?

  @Flag(help: "Replace a file that is there.")
  var force = false

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      var calibrate = CalibrateAudit(
        model: subject.model, data: subject.data, captions: captions, others: others)
      calibrate.cache = subject.cache
      let file = try output.map { URL(filePath: $0) } ?? calibrate.file()
      try OutputPattern.check([file], replacing: force)
      let calibration = try watched(quiet: quiet) { try calibrate(until: $0, report: $1) }
      try calibration.write(to: file)
      if !quiet { print(file.relativePath) }
    }
  }
}

/// `inkwell audit measure`: measures how often planted defects are found.
struct AuditMeasureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measures how often planted defects are found, and writes a page about it.",
    discussion: """
      Defects are planted in the held-out pictures that `inkwell audit calibrate` did not see, and \
      in what the model draws for their captions.
      """)

  @OptionGroup var subject: MeasuredModel

  @Option(help: "The folder that the page is written into.", completion: .directory)
  var output: String

  @Option(help: "The captions of which pictures are spoiled.")
  var captions = 80

  @Option(
    help: "What is usual (default: audit.json in the model's folder).",
    completion: .file(extensions: ["json"]))
  var calibration: String?

  @Option(
    help: "The share of pictures without a defect that may be flagged, above 0 to 0.5.")
  var falseAlarms = 0.05

  @Option(help: "The seed of the defects.")
  var seed: UInt64 = 0

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      var measure = MeasureAudit(
        model: subject.model, data: subject.data, output: output, captions: captions, seed: seed)
      measure.calibration = calibration
      measure.falseAlarms = falseAlarms
      measure.cache = subject.cache
      try watched(quiet: quiet) { try measure(until: $0, report: $1) }
      if !quiet { print(URL(filePath: output).appending(path: "README.md").relativePath) }
    }
  }
}
