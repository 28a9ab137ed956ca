/// The tensors of a header in its order, found by name, in little memory.
///
/// A file may have a million of them. As values in an array, with a dictionary of their names, they
/// would take more than its header; here the names stand in one text and the shapes in one list,
/// and a tensor beside them takes 32 bytes and about 8 for finding it.
package struct TensorTable: Sendable {
  /// A tensor, whose name and shape begin where those of the row before end.
  private struct Row {
    let dtype: SafetensorsDType
    let hash: UInt32
    let nameEnd: UInt32
    let shapeEnd: UInt32
    let range: Range<Int>
  }

  private var rows: [Row] = []
  private var names: [UInt8] = []
  private var shapes: [Int] = []
  /// Numbers of rows, each at the place of its name's hash or behind it; at least half are `none`.
  private var slots: [UInt32] = [none, none]

  private static let none = UInt32.max

  /// Adds a tensor, unless there is one of its name.
  ///
  /// - Returns: Whether there was none.
  mutating func append(_ entry: Safetensors.Entry) -> Bool {
    let hash = UInt32(truncatingIfNeeded: entry.name.hashValue)
    let slot = slot(of: entry.name, hash: hash)
    guard slots[slot] == Self.none else { return false }
    slots[slot] = UInt32(rows.count)
    names += entry.name.utf8
    shapes += entry.shape
    rows.append(
      Row(
        dtype: entry.dtype, hash: hash, nameEnd: UInt32(names.count),
        shapeEnd: UInt32(shapes.count), range: entry.range))
    if 2 * rows.count > slots.count { growSlots() }
    return true
  }

  /// The tensor of a name, if there is one.
  package subscript(name: String) -> Safetensors.Entry? {
    let row = slots[slot(of: name, hash: UInt32(truncatingIfNeeded: name.hashValue))]
    return row == Self.none ? nil : self[Int(row)]
  }

  /// The bytes of the file that hold a tensor's elements.
  func range(at index: Int) -> Range<Int> { rows[index].range }

  /// Where the row of a name is noted, or would be.
  private func slot(of name: String, hash: UInt32) -> Int {
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != Self.none {
      let row = Int(slots[slot])
      if rows[row].hash == hash && self.name(at: row) == name { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private mutating func growSlots() {
    slots = Array(repeating: Self.none, count: 2 * slots.count)
    for (number, row) in rows.enumerated() {
      var slot = Int(row.hash) & (slots.count - 1)
      while slots[slot] != Self.none { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(number)
    }
  }

  private func name(at index: Int) -> String {
    let start = index == 0 ? 0 : rows[index - 1].nameEnd
    return String(decoding: names[Int(start)..<Int(rows[index].nameEnd)], as: UTF8.self)
  }
}

extension TensorTable: RandomAccessCollection {
  /// The place of the first tensor.
  package var startIndex: Int { 0 }

  /// The place behind the last tensor.
  package var endIndex: Int { rows.count }

  /// The tensor at a place of the header.
  package subscript(index: Int) -> Safetensors.Entry {
    let row = rows[index]
    let start = index == 0 ? 0 : rows[index - 1].shapeEnd
    return Safetensors.Entry(
      name: name(at: index), dtype: row.dtype,
      shape: Array(shapes[Int(start)..<Int(row.shapeEnd)]), range: row.range)
  }
}
