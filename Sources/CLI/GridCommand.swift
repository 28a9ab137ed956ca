internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell grid`: makes a sheet of pictures that differ in one or two settings.
struct GridCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid",
    abstract: "Makes a sheet of pictures that differ in one or two settings.",
    discussion: """
      inkwell grid "a slice of watermelon" --columns steps=5,10,20 --rows guidance=1,4,8
      inkwell grid "a red apple" --columns replace=red,green,blue --rows seed=1,2 --output apples.png

      A setting is any option of `inkwell generate`, with its values behind an equals sign; prompt \
      and seed; replace, which puts each value in the place of the first one in the prompts; or \
      a part of an option that is there, such as loras.1.weight. The sheet carries how it was made: \
      see `inkwell regenerate`.
      """)

  @Argument(help: "What to draw.")
  var prompt = ""

  @Option(
    help: ArgumentHelp("What differs from column to column.", valueName: "setting=values"))
  var columns: String?

  @Option(help: ArgumentHelp("What differs from row to row.", valueName: "setting=values"))
  var rows: String?

  @Option(
    help: """
      A folder for the single pictures, whose names are the numbers of their row and their column.
      """, completion: .directory)
  var keep: String?

  @OptionGroup var pictures: PromptedDrawing

  func validate() throws {
    for (name, isGiven) in [
      ("max-memory", pictures.maxMemory != nil), ("live-loras", pictures.liveLoras),
      ("explain", pictures.watching.explain != nil),
      ("preview-decoder", pictures.watching.previewDecoder != nil),
    ] where isGiven {
      throw ValidationError("A sheet is made without --\(name).")
    }
  }

  func run() async throws {
    try await reportingFailures {
      let request = try Grid.Request(
        drawing: pictures.request([prompt]), columns: columns.map { try Grid.Axis($0) },
        rows: rows.map { try Grid.Axis($0) })
      let files = keptFiles(request)
      try OutputPattern.check(files, replacing: pictures.writing.force)
      var workshop = pictures.work.workshop
      workshop.run.engine = pictures.engine
      let task = Grid(workshop) { picture in
        if !files.isEmpty { try picture.save(to: files[picture.index]) }
      }
      try await pictures.write(request) { task($0, until: $1) }
    }
  }

  /// A file for each picture, row by row; none unless they are kept.
  private func keptFiles(_ request: Grid.Request) -> [URL] {
    guard let keep else { return [] }
    return (1...request.rowCount).flatMap { row in
      (1...request.columnCount).map { column in
        URL(filePath: keep, directoryHint: .isDirectory).appending(path: "\(row)-\(column).png")
      }
    }
  }
}
