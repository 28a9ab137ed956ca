import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite struct BinaryCIFTests {
  private struct Truth: Decodable {
    let unknown: [Int]
    let values: Values

    struct Values: Decodable {
      let plain8, plain16, runs, walk: [Int]
      let single, double, places, shares: [Double]
      let names: [String]
    }
  }

  private func golden() throws -> (file: Data, truth: Truth) {
    (
      try Data(contentsOf: Golden.file("binary_cif.bcif")),
      try JSONDecoder().decode(
        Truth.self, from: Data(contentsOf: Golden.file("binary_cif.json")))
    )
  }

  @Test("columns of every encoding are what Biotite packed")
  func parity() throws {
    let (data, truth) = try golden()
    let file = try BinaryCIF(data)
    #expect(try file.rows(of: "_table") == 300)
    #expect(try file.integers("_table", "plain8") == truth.values.plain8)
    #expect(try file.integers("_table", "plain16") == truth.values.plain16)
    #expect(try file.integers("_table", "runs") == truth.values.runs)
    #expect(try file.integers("_table", "walk") == truth.values.walk)
    #expect(try file.numbers("_table", "double") == truth.values.double)
    #expect(try Array(file.texts("_table", "names")) == truth.values.names)
    #expect(try file.integers("_empty", "nothing") == [])
    for (column, values) in [
      ("single", truth.values.single), ("shares", truth.values.shares),
    ] {
      let found = try file.numbers("_table", column)
      #expect(zip(found, values).allSatisfy { abs($0 - $1) < 1e-9 }, "\(column)")
    }
    let places = try file.numbers("_table", "places")
    for (index, place) in places.enumerated() {
      #expect(place.isNaN == (truth.unknown[index] != 0))
      if !place.isNaN { #expect(abs(place - truth.values.places[index]) < 1e-9) }
    }
  }

  @Test("what is not there, or of another kind, is named")
  func names() throws {
    let file = try BinaryCIF(golden().file, source: "x.bcif")
    #expect(throws: BinaryCIFError.missing(source: "x.bcif", place: "the category atoms")) {
      try file.rows(of: "atoms")
    }
    #expect(throws: BinaryCIFError.missing(source: "x.bcif", place: "_table.none")) {
      try file.integers("_table", "none")
    }
    let error = #expect(throws: BinaryCIFError.self) { try file.integers("_table", "names") }
    #expect(
      error.map { "\($0)" } == "x.bcif, _table.names: expected whole numbers, found texts")
  }

  @Test("a file that is cut off or changed anywhere is read or refused, and nothing breaks")
  func hostile() throws {
    let data = try golden().file
    func read(_ data: Data) throws {
      let file = try BinaryCIF(data)
      for column in ["plain8", "runs", "walk"] { _ = try file.integers("_table", column) }
      for column in ["places", "shares"] { _ = try file.numbers("_table", column) }
      _ = try file.texts("_table", "names")
    }
    var refused = 0
    for length in stride(from: 0, to: data.count, by: 997) {
      #expect(throws: BinaryCIFError.self) { try read(data.prefix(length)) }
    }
    var random = SystemLikeGenerator(state: 5)
    for _ in 0..<400 {
      var changed = data
      // Structure is where the numbers of columns are not.
      let place = Int(random.next() % UInt64(min(data.count, 6000)))
      changed[place] = UInt8(truncatingIfNeeded: random.next())
      do { try read(changed) } catch is BinaryCIFError { refused += 1 }
    }
    #expect(refused > 20)
  }

  @Test(
    "bytes that are no MessagePack are refused, and where they are is told",
    arguments: [
      ([0xc1], "x, byte 0: expected a value of MessagePack, found the byte 193"),
      ([0x01, 0x02], "x, byte 1: expected the end of the file, found 1 more bytes"),
      (
        [0xdd, 0xff, 0xff, 0xff, 0xff],
        "x, byte 5: expected 4294967295 more bytes or elements, found 0 bytes to the end"
      ),
      ([0x81, 0x01, 0x01], "x, byte 1: expected a key that is a text, found a whole number"),
      (
        [0x82, 0xa1, 0x61, 0x01, 0xa1, 0x61, 0x01],
        "x, byte 4: expected each key once, found a twice"
      ),
      ([0xa1, 0xff], "x, byte 1: expected a text in UTF-8, found other bytes"),
      (
        [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        "x, byte 1: expected a number below 2^63, found 18446744073709551615"
      ),
      (
        [UInt8](repeating: 0x91, count: 80),
        "x, byte 64: expected values at most 64 deep, found deeper ones"
      ),
    ])
  func malformed(bytes: [UInt8], message: String) {
    let error = #expect(throws: BinaryCIFError.self) {
      try MessagePack(Data(bytes), source: "x")
    }
    #expect(error.map { "\($0)" } == message)
  }
}

/// Numbers by chance that are the same in every run: SplitMix64.
private struct SystemLikeGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
