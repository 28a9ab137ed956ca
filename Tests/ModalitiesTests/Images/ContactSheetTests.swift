import Modalities
import Testing

@Suite("contact sheets")
struct ContactSheetTests {
  private let red = Image(width: 10, height: 10, color: Color(red: 255, green: 0, blue: 0))
  private let wide = Image(width: 20, height: 10, color: .black)

  @Test("pictures stand in rows, scaled to fit, on white")
  func composes() throws {
    let sheet = try ContactSheet(columns: 2, side: 10, gap: 2)([
      .init(red), .init(wide), .init(red),
    ])
    #expect((sheet.width, sheet.height) == (26, 26))
    for y in 0..<26 {
      for x in 0..<26 {
        let isRed = (2..<12).contains(x) && ((2..<12).contains(y) || (14..<24).contains(y))
        // The wide picture is half as high, in the middle of its place.
        let isBlack = (14..<24).contains(x) && (4..<9).contains(y)
        let expected: [UInt8] = isRed ? [255, 0, 0] : isBlack ? [0, 0, 0] : [255, 255, 255]
        #expect(Array(sheet[x, y]) == expected, "at \(x), \(y)")
      }
    }
  }

  @Test(
    "a label leaves ink below its picture and not beyond its place",
    arguments: ["apple", "<b>Tom & Jerry</b>", "a long label, of many words that do not fit 🍎"])
  func labels(label: String) throws {
    let sheet = try ContactSheet(columns: 2, side: 60, gap: 4)([
      .init(red, label: label), .init(red),
    ])
    var ink = 0
    for y in 64..<sheet.height {
      for x in 0..<sheet.width where sheet[x, y].allSatisfy({ $0 < 128 }) {
        #expect((4..<64).contains(x), "ink at \(x), \(y)")
        ink += 1
      }
    }
    #expect(ink > 20)
  }

  @Test("no pictures and empty labels make a sheet too")
  func composesNothing() throws {
    #expect(try ContactSheet(columns: 3, side: 10)([]).width == 46)
    #expect(try ContactSheet(columns: 1, side: 10)([.init(red, label: " ")]).width == 18)
  }

  @Test("headings stand above their columns and before their rows, beside the sheet")
  func headings() throws {
    let maker = ContactSheet(columns: 2, side: 40, gap: 4)
    let cells = [ContactSheet.Cell](repeating: .init(red), count: 4)
    let sheet = try maker(cells)
    let table = try maker(
      cells, columnHeadings: ["one", "two"], rowHeadings: ["first", " "])
    let (left, top) = (table.width - sheet.width, table.height - sheet.height)
    #expect(left > 4 && top > 4)
    for y in 0..<sheet.height {
      for x in 0..<sheet.width { #expect(table[left + x, top + y] == sheet[x, y]) }
    }
    func ink(_ xs: Range<Int>, _ ys: Range<Int>) -> Int {
      xs.reduce(0) { sum, x in sum + ys.filter { table[x, $0].allSatisfy { $0 < 128 } }.count }
    }
    #expect(ink(left + 4..<left + 44, 0..<top) > 5 && ink(left + 48..<left + 88, 0..<top) > 5)
    #expect(ink(0..<left, 0..<top) == 0)
    #expect(ink(0..<left, top + 4..<top + 44) > 5 && ink(0..<left, top + 48..<table.height) == 0)
    #expect(try maker(cells, columnHeadings: [], rowHeadings: []) == sheet)
  }

  @Test("a table whose headings leave no room for it is refused")
  func refusesLargeTable() {
    let sheet = ContactSheet(columns: Image.longestSide / 16, side: 16, gap: 0)
    #expect(throws: ImageError.self) {
      try sheet([.init(red)], columnHeadings: [], rowHeadings: ["a row"])
    }
  }

  @Test("a sheet that would be too large is refused")
  func refusesLarge() {
    let sheet = ContactSheet(columns: 1, side: 1000, gap: 0)
    #expect(throws: ImageError.size(width: 1000, height: 100_000)) {
      try sheet([ContactSheet.Cell](repeating: .init(red), count: 100))
    }
  }
}
