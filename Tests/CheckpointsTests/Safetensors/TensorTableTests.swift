import Testing

@testable import Checkpoints

/// Many tensors in little memory, as if they stood in an array and a dictionary.
@Suite("tensor tables")
struct TensorTableTests {
  /// Names of all lengths, and shapes of all ranks up to 4.
  private static func entry(_ index: Int) -> Safetensors.Entry {
    Safetensors.Entry(
      name: String(repeating: "é", count: index % 40) + "\(index)", dtype: .uint8,
      shape: Array(repeating: index, count: index % 5), range: index..<2 * index)
  }

  @Test("every tensor is found by its place and by its name", arguments: [0, 1, 2, 3, 4, 5, 1000])
  func finds(count: Int) {
    var table = TensorTable()
    let entries = (0..<count).map(Self.entry)
    for entry in entries {
      let isNew = table.append(entry)
      #expect(isNew)
    }
    #expect(Array(table) == entries)
    #expect(entries.allSatisfy { table[$0.name] == $0 })
    #expect(table[""] == nil && table["\(count)x"] == nil)
  }

  @Test("a name stands once, also when it is written with other characters")
  func refusesRepeatedNames() {
    var table = TensorTable()
    for index in 0..<100 { _ = table.append(Self.entry(index)) }
    let composed = Self.entry(41).name
    let decomposed = composed.replacing("é", with: "e\u{301}")
    #expect(!composed.utf8.elementsEqual(decomposed.utf8))
    for name in [composed, decomposed, "0"] {
      let other = Safetensors.Entry(name: name, dtype: .float32, shape: [1], range: 0..<4)
      let isNew = table.append(other)
      #expect(!isNew)
    }
    #expect(Array(table) == (0..<100).map(Self.entry))
    #expect(table[decomposed] == Self.entry(41))
  }
}
