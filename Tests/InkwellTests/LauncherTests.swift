import Foundation
import Inkwell
import TestSupport
import Testing

/// `inkwell` itself, which answers `--version` and runs `inkwell-program` for all else.
@Suite struct LauncherTests {
  let folder: TemporaryFolder
  let alone: URL

  /// Copies the launcher to where no program stands beside it.
  init() throws {
    folder = try TemporaryFolder()
    alone = folder.file("inkwell")
    try FileManager.default.copyItem(at: CommandRun.program(), to: alone)
  }

  @Test("the version needs no program")
  func version() throws {
    let run = try CommandRun(["--version"], in: folder, of: alone).finish()
    #expect(run.status == 0 && run.errors.isEmpty && run.output == "\(Program.version)\n")
  }

  @Test("a version that cannot be written is a failure")
  func unwritten() throws {
    let process = Process()
    process.executableURL = alone
    process.arguments = ["--version"]
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
  }

  @Test("a program that is missing is named, with the place where it should be")
  func missing() throws {
    let run = try CommandRun(["--help"], in: folder, of: alone).finish()
    let place = alone.resolvingSymlinksInPath().path(percentEncoded: false) + "-program"
    #expect(
      run.errors == """
        inkwell: cannot run \(place): No such file or directory. \
        `inkwell` and `inkwell-program` stand in one folder.

        """)
    #expect(run.status == 126 && run.output.isEmpty)
  }

  @Test("the program beside it gets the arguments, and its status is the launcher's")
  func passes() throws {
    let program = try folder.write(
      Array("#!/bin/sh\nprintf '%s;' \"$@\"\nexit 7\n".utf8), to: "inkwell-program")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: program.path(percentEncoded: false))
    // Through a link from elsewhere, as shells find programs.
    let link = folder.file("ink")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: alone)
    let arguments = ["--version", "two words", ""]
    let run = try CommandRun(arguments, in: folder, of: link).finish()
    #expect(run.status == 7 && run.output == "--version;two words;;")
  }
}
