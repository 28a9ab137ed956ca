import Evaluation
import Foundation
import Modalities
import Models
import TestSupport
import Testing

@testable import Inkwell

/// What an audit refuses, what its measurement writes, and the commands.
@Suite struct AuditRefusalTests {
  let fixture: AuditFixture

  init() throws {
    fixture = try AuditFixture()
  }

  @Test("values out of their range are named")
  func values() throws {
    #expect(throws: AuditError.value("pictures", expected: "a file or a folder", found: "none")) {
      try Audit([])(library: fixture.library)
    }
    for share in [0, 0.51, .nan] {
      var audit = Audit(["a.png"])
      audit.falseAlarms = share
      #expect(throws: AuditError.self) { try audit(library: fixture.library) }
      var measure = MeasureAudit(model: "tiny", data: "", output: "")
      measure.falseAlarms = share
      #expect(throws: AuditError.self) { try measure(library: fixture.library) }
    }
    var nothing = Audit(["a.png"])
    nothing.skipped = AuditCheck.allCases
    #expect(throws: AuditError.value("skipped", expected: "checks but for one", found: "all")) {
      try nothing(library: fixture.library)
    }
    #expect(throws: AuditError.value("captions", expected: "8 or more", found: "7")) {
      try CalibrateAudit(model: "tiny", data: "", captions: 7)(library: fixture.library)
    }
    #expect(throws: AuditError.value("others", expected: "2 or more", found: "1")) {
      try CalibrateAudit(model: "tiny", data: "", others: 1)(library: fixture.library)
    }
    #expect(throws: AuditError.value("captions", expected: "8 or more", found: "7")) {
      try MeasureAudit(model: "tiny", data: "", output: "", captions: 7)(
        library: fixture.library)
    }
  }

  @Test("a model of which nothing is known, or something else is, is refused")
  func calibration() throws {
    let picture = "data/heldout-pair-41.png"
    let file = AuditCalibration.file(in: fixture.model)
    #expect(
      throws: AuditError.uncalibrated(
        model: "tiny", file: file.path(percentEncoded: false))
    ) { try fixture.audit([picture]) }

    try fixture.calibrated()
    let written = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    func refuses<Refusal: Error>(_ old: String, _ new: String, _ type: Refusal.Type) throws {
      try Data(written.replacing(old, with: new).utf8).write(to: file)
      #expect(throws: Refusal.self, "\(new)") { try fixture.audit([picture]) }
    }
    try refuses("\"version\" : 1", "\"version\" : 2", AuditError.self)
    try refuses("\"others\" : 3", "\"others\" : 1", ConfigurationError.self)
    try refuses("\"real\"", "\"unreal\"", ConfigurationError.self)
    try Data(written.utf8).write(to: file)

    try fixture.folder.write(
      Data(contentsOf: fixture.folder.file("data/train-1.png")), to: "data/train-2.png")
    #expect(
      throws: AuditError.otherCalibration(
        file: file.path(percentEncoded: false), of: "data set",
        changed: ["the training pictures"])
    ) { try fixture.audit([picture]) }
    let scheduler = fixture.model.appending(path: "scheduler/scheduler_config.json")
    try (Data(contentsOf: scheduler) + Data("\n".utf8)).write(to: scheduler)
    #expect(
      throws: AuditError.otherCalibration(
        file: file.path(percentEncoded: false), of: "model",
        changed: ["scheduler/scheduler_config.json"])
    ) { try fixture.audit([picture]) }
  }

  @Test("planted defects are counted, and the page tells what is missed")
  func measurement() throws {
    try fixture.calibrated()
    var measure = MeasureAudit(
      model: "tiny", data: fixture.path("data"), output: fixture.path("page"), captions: 8)
    measure.cache = fixture.path("cache")
    func run() throws -> AuditFigures {
      try measure.run(
        fixture.library.model("tiny"), network: EvaluateTests.network(), until: StopSignal(),
        report: { _ in })
    }
    let figures = try run()
    #expect(figures.tables.count == 3)
    for table in figures.tables {
      #expect(table.rows.map(\.planted) == PlantedDefect.all.map(\.name))
      func share(_ defect: PlantedDefect, _ check: AuditCheck) -> Double? {
        table.rows.first { $0.planted == defect.name }?.checks[check]?.value
      }
      #expect(share(.pixels(.greyFrame), .contrast) == 1)
      #expect(table.rows.allSatisfy { $0.count == 8 })
    }
    let real = figures.tables[0].rows
    #expect(real.first { $0.planted == "training copy" }?.checks[.copy]?.value == 1)
    let page = String(
      decoding: try Data(contentsOf: fixture.folder.file("page/README.md")), as: UTF8.self)
    #expect(page.contains("| training copy | 100.0 % ("))
    #expect(!page.contains(fixture.folder.url.path(percentEncoded: false)))
    #expect(try run() == figures)
  }

  @Test("a stop ends the work")
  func stops() throws {
    let stop = StopSignal()
    stop.request()
    var calibrate = CalibrateAudit(model: "tiny", data: fixture.path("data"), captions: 8)
    calibrate.cache = fixture.path("cache")
    #expect(throws: CancellationError.self) {
      try calibrate.run(
        fixture.library.model("tiny"), network: EvaluateTests.network(), until: stop,
        report: { _ in })
    }
  }

  @Test("the command prints a line for each picture, and its exit code says what was found")
  func command() throws {
    let weights = URL(filePath: #filePath, directoryHint: .notDirectory)
      .appending(path: "../../../../.deps/evaluation").standardizedFileURL
    let common = ["--model", "./models/tiny", "--cache", weights.path(percentEncoded: false)]
    func run(_ arguments: [String]) throws -> CommandRun.Output {
      try CommandRun(["audit"] + arguments + common, in: fixture.folder).finish()
    }
    let unknown = try run(["data/train-3.png"])
    #expect(unknown.status == 3 && unknown.errors.contains("inkwell audit calibrate"))
    let wrong = try run(["data/train-3.png", "--skip", "words,smell"])
    #expect(wrong.status == 64 && wrong.errors.contains("found smell"))

    // What is usual by the tiny network is as good as any for the checks of pixels.
    try fixture.calibrated()
    try Image(width: 16, height: 16, color: .black).save(to: fixture.folder.file("frame.png"))
    let usual = try fixture.mostUsual(data: false)
    let found = try run([
      "frame.png", usual, "--json", "found.json", "--output", "page.html",
    ])
    #expect(found.status == 0)
    let lines = found.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("frame.png\tlook at it\tcontrast: it is nearly of one") == true)
    #expect(lines.last?.hasPrefix("\(usual)\tfine\tnot made: copy, place, seeds") == true)
    let json = try Data(contentsOf: fixture.folder.file("found.json"))
    #expect(try JSONDecoder().decode(AuditResult.self, from: json).pictures.count == 2)
    #expect(try run(["frame.png", "--strict"]).status == 5)
    #expect(try run([usual, "--strict"]).status == 0)
    let again = try run(["frame.png", "--json", "found.json"])
    #expect(again.status == 1 && again.errors.contains("found.json"))
  }
}
