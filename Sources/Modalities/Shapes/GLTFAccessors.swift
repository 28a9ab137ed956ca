/// The numbers that a glTF document's accessors say, checked against the bytes that are there.
struct GLTFAccessors {
  let document: GLTFDocument
  let binary: [UInt8]
  let source: String

  /// The numbers of an accessor in rows.
  struct Table {
    let width: Int
    let values: [Double]
    var count: Int { values.count / width }
  }

  /// Reads an accessor of vectors or numbers.
  ///
  /// - Parameters:
  ///   - index: Its number.
  ///   - use: What errors call it.
  ///   - types: The shapes that it may have.
  /// - Returns: The numbers, in [0, 1] or [-1, 1] if they are normalized.
  /// - Throws: ``ShapeError`` if they do not lie in the bytes that are there.
  func table(_ index: Int, _ use: String, types: [String]) throws(ShapeError) -> Table {
    let accessor = try element(document.accessors, index, "accessor of \(use)")
    let widths = ["SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4]
    guard types.contains(accessor.type), let width = widths[accessor.type] else {
      throw fault(use, types.joined(separator: " or "), accessor.type)
    }
    guard let view = accessor.bufferView else {
      throw fault(use, "an accessor with a buffer view", "none")
    }
    let range = try bytes(of: view, use)
    guard let kind = Component(rawValue: accessor.componentType) else {
      throw fault(use, "a type of component from 5120 to 5126", "\(accessor.componentType)")
    }
    let limit = PointCloud.pointLimit * 3
    guard accessor.count >= 1, accessor.count <= limit else {
      throw fault(use, "1 to \(limit) elements", "\(accessor.count)")
    }
    let size = width * kind.size
    let step = document.bufferViews?[view].byteStride ?? size
    let offset = accessor.byteOffset ?? 0
    guard step >= size, step <= 252 || step == size, offset >= 0, offset <= range.count else {
      throw fault(use, "an offset and a stride in the view", "\(offset) and \(step)")
    }
    let needed = (accessor.count - 1) * step + size
    guard needed <= range.count - offset else {
      throw .truncated(
        source: source, expected: "\(needed) bytes for \(use)", found: range.count - offset)
    }
    var values: [Double] = []
    values.reserveCapacity(accessor.count * width)
    for row in 0..<accessor.count {
      for column in 0..<width {
        let place = range.lowerBound + offset + row * step + column * kind.size
        let value = kind.value(binary, place)
        values.append(accessor.normalized == true ? kind.normalized(value) : value)
      }
    }
    return Table(width: width, values: values)
  }

  /// The bytes of a buffer view.
  private func bytes(of index: Int, _ use: String) throws(ShapeError) -> Range<Int> {
    let view = try element(document.bufferViews, index, "buffer view of \(use)")
    guard view.buffer == 0, document.buffers?.first?.uri == nil else {
      throw fault(use, "bytes in the file itself", "another buffer")
    }
    let offset = view.byteOffset ?? 0
    guard offset >= 0, offset <= binary.count, view.byteLength >= 1,
      view.byteLength <= binary.count - offset
    else {
      throw .truncated(
        source: source, expected: "\(view.byteLength) bytes at byte \(offset) for \(use)",
        found: binary.count)
    }
    return offset..<offset + view.byteLength
  }

  /// One of a list, if it is there.
  func element<T>(_ list: [T]?, _ index: Int, _ what: String) throws(ShapeError) -> T {
    guard let list, list.indices.contains(index) else {
      throw fault(what, "one of \(list?.count ?? 0)", "number \(index)")
    }
    return list[index]
  }

  func fault(_ place: String, _ expected: String, _ found: String) -> ShapeError {
    .malformed(source: source, place: place, expected: expected, found: found)
  }

  /// The types of glTF's numbers.
  private enum Component: Int {
    case int8 = 5120
    case uint8 = 5121
    case int16 = 5122
    case uint16 = 5123
    case uint32 = 5125
    case float32 = 5126

    var size: Int {
      switch self {
      case .int8, .uint8: 1
      case .int16, .uint16: 2
      case .uint32, .float32: 4
      }
    }

    func value(_ bytes: [UInt8], _ place: Int) -> Double {
      var bits: UInt32 = 0
      for index in (0..<size).reversed() { bits = bits << 8 | UInt32(bytes[place + index]) }
      return switch self {
      case .int8: Double(Int8(truncatingIfNeeded: bits))
      case .int16: Double(Int16(truncatingIfNeeded: bits))
      case .uint8, .uint16, .uint32: Double(bits)
      case .float32: Double(Float(bitPattern: bits))
      }
    }

    func normalized(_ value: Double) -> Double {
      switch self {
      case .int8: max(value / 127, -1)
      case .uint8: value / 255
      case .int16: max(value / 32767, -1)
      case .uint16: value / 65535
      case .uint32, .float32: value
      }
    }
  }
}
