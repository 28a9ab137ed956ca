import Modalities
import Testing
import Torch

@testable import Inkwell

@Suite struct ColorWordTests {
  private func color(_ rgb: [Float]) -> Color {
    let bytes = rgb.map { UInt8(($0 * 255).rounded()) }
    return Color(red: bytes[0], green: bytes[1], blue: bytes[2])
  }

  @Test("a word's typical colour has that word", arguments: ColorWord.allCases)
  func typical(word: ColorWord) {
    #expect(ColorWord(color(word.typical)) == word)
  }

  @Test(
    "what is painted over has the word, light and dark places included",
    arguments: ColorWord.allCases)
  func painted(word: ColorWord) throws {
    let colors = Tensor(
      [Float](arrayLiteral: 0.4, 0.5, 0.4, 0.6, 0.6, 0.5, 0.5, 0.5, 0.5), shape: [3, 3])
    let values = try checked { word.painted(over: colors).values(as: Float.self) }
    let found = [0, 3, 6].map { color(Array(values[$0..<$0 + 3])) }
    #expect(ColorWord(mostOf: found) == word)
    #expect(Set(values.map { $0 }).count > 1)
  }

  @Test("a shape of many colours has no word")
  func mixed() {
    let colors = [ColorWord.red, .blue, .green].map { color($0.typical) }
    #expect(ColorWord(mostOf: colors) == nil)
    #expect(ColorWord(mostOf: colors + [color(ColorWord.red.typical)]) == .red)
    #expect(ColorWord(mostOf: []) == nil)
  }

  @Test("a caption has the article of its first word")
  func captions() {
    #expect(ColorWord.orange.caption(of: "chair") == "an orange chair")
    #expect(ColorWord.red.caption(of: "armchair") == "a red armchair")
  }
}
