internal import Evaluation
internal import Foundation
internal import Testing

@testable import benchmarks

@Suite("Contests of processes")
struct ContestTests {
  private func shell(_ name: String, _ script: String) -> Contestant {
    Contestant(name: name, command: ["sh", "-c", script])
  }

  @Test("sides take turns, and one that fails takes no more of them")
  func turns() throws {
    let log = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).log")
      .path(percentEncoded: false)
    let good = #"printf a >> \#(log); echo '{"calls": [2, 4], "first": 9}'"#
    let bad = "printf b >> \(log); echo 'out of luck' >&2; exit 3"
    let outcome = Contest(
      title: "a test", contestants: [shell("good", good), shell("bad", bad), shell("also", good)]
    ).run(turns: 2)
    let order = FileManager.default.contents(atPath: log).map {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(order == "abaaa")
    #expect(outcome.standings[0].spread?.median == 3)
    #expect(outcome.standings[0].first == 9)
    #expect(outcome.standings[1].obstacle == "out of luck")
    #expect(outcome.standings[1].spread == nil)
    #expect((outcome.standings[0].megabytes ?? 0) > 0)
  }

  @Test(
    "a process that says no figures, is not there, or is ended by the system has that as reason",
    arguments: [
      ("echo nothing", #"expected figures in JSON, found "nothing""#),
      (#"echo '{"calls": []}'"#, "expected figures, found none"),
      ("kill -9 $$", "the system ended it, which it does where memory runs out"),
      ("exit 1", "sh ended with status 256"),
    ])
  func failures(script: String, reason: String) {
    let outcome = Contest(title: "a test", contestants: [shell("a", script)]).run(turns: 1)
    #expect(outcome.standings[0].obstacle == reason)
  }

  @Test("results are compared with the reference's of this run, and with none where it failed")
  func results() throws {
    let files = ["a", "diffusers"].map {
      FileManager.default.temporaryDirectory.appending(path: "\(UUID())-\($0)")
    }
    let paths = files.map { $0.path(percentEncoded: false) }
    let figures = #"echo '{"calls": [1]}'"#
    func compared(_ script: String) throws -> String? {
      try Data("old".utf8).write(to: files[1])
      var contest = Contest(
        title: "a test",
        contestants: [
          shell("a", "printf new > \(paths[0]); \(figures)"), shell("diffusers", script),
        ])
      contest.results = ["a": files[0], "diffusers": files[1]]
      contest.difference = { found, reference in
        let texts = try [found, reference].map { try String(contentsOf: $0, encoding: .utf8) }
        return texts.joined(separator: " and ")
      }
      return contest.run(turns: 1).standings[0].difference
    }
    #expect(try compared("printf true > \(paths[1]); \(figures)") == "new and true")
    #expect(try compared("exit 1") == nil)
  }

  @Test("a process's memory is its own: a small one has little, whatever its parent has")
  func memory() throws {
    let large = [UInt8](repeating: 1, count: 300 << 20)
    let child = try Child.run(["sleep", "0.1"])
    #expect(child.peakMegabytes < 50)
    #expect(large.last == 1)
    let script = "python3 -c 'import time; a = b\"1\" * (200 << 20); time.sleep(0.1)'"
    #expect(try Child.run(["sh", "-c", "exec " + script]).peakMegabytes > 200)
  }

  @Test("a program that is not there is named")
  func noProgram() {
    let contestant = Contestant(name: "a", command: ["/nowhere/program"])
    let outcome = Contest(title: "a test", contestants: [contestant]).run(turns: 1)
    #expect(outcome.standings[0].obstacle == "/nowhere/program: No such file or directory")
  }

  @Test("a table has ratios, shares of the peak and reasons, and no empty columns")
  func table() {
    let outcome = Contest.Outcome(
      title: "A network", unit: .seconds, operations: 4e9,
      standings: [
        standing("Inkwell", [0.5, 0.5]), standing("diffusers", [1, 1.5]),
        Contest.Standing(
          name: "OpenVINO", samples: [], obstacle: "it is not installed", difference: nil),
      ])
    #expect(
      outcome.markdown(peak: 16e9) == """
        ### A network (4 GFLOP)

        | | median (quartiles) | of Inkwell's (all turns) | GFLOP/s | of the peak |
        |---|---|---|---|---|
        | Inkwell | 500 ms (500 ms–500 ms) | 1.00 (1.00–1.00) | 8 | 50 % |
        | diffusers | 1.25 s (1.125 s–1.375 s) | 2.50 (2.00–3.00) | 3 | 20 % |

        - not run: OpenVINO: it is not installed

        """)
  }

  @Test("growth is a table and two plots, without the sides that were not run")
  func growth() throws {
    let points = [1, 2].map { x in
      Growth.Point(
        x: x,
        outcome: Contest.Outcome(
          title: "", unit: .seconds, operations: nil,
          standings: [
            standing("Inkwell", [Double(x)]),
            Contest.Standing(name: "peer", samples: [], obstacle: "no memory", difference: nil),
          ]))
    }
    let growth = Growth(name: "by-batch", horizontal: "latents", points: points)
    #expect(
      growth.csv == """
        x,side,seconds,lower,upper,megabytes
        1,"Inkwell",1.0,1.0,1.0,
        1,"peer",,,,
        2,"Inkwell",2.0,2.0,2.0,
        2,"peer",,,,

        """)
    #expect(growth.plots.keys.sorted() == ["by-batch-memory.svg", "by-batch-seconds.svg"])
    #expect(growth.markdown.contains("- not run: peer at 2: no memory\n"))
    let plot = try #require(growth.plots["by-batch-seconds.svg"]).svg
    #expect(plot.components(separatedBy: "<circle").count == 3)
  }

  private func standing(_ name: String, _ seconds: [Double]) -> Contest.Standing {
    Contest.Standing(
      name: name, samples: seconds.map { Sample(calls: [$0]) }, obstacle: nil, difference: nil)
  }
}
