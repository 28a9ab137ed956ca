import Files
import Testing

@Suite struct CSVTableTests {
  @Test("values in quotes, with commas, quotes and line breaks, come back")
  func roundTrip() {
    let rows = [["a", "b,c", "say \"x\""], ["", "two\nlines", " spaces "], ["é", "\"", ","]]
    #expect(CSVTable(CSVTable.text(rows)).rows.map(\.values) == rows)
  }

  @Test("lines are counted in the file, empty ones passed over, broken ones kept")
  func lines() {
    let table = CSVTable("a,b\r\n\r\n1,2\n\"x\ny\",3\n\"bad\"tail,4\n5\n\"open,6\n7,8")
    #expect(table.rows.map(\.line) == [1, 3, 4, 6, 7, 8])
    #expect(
      table.rows.map(\.values)
        == [["a", "b"], ["1", "2"], ["x\ny", "3"], nil, ["5"], nil])
    #expect(CSVTable("").rows.isEmpty && CSVTable("\n \n").rows.isEmpty)
  }
}
