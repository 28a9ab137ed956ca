import Testing

@testable import Inkwell

@Suite("Unicode's list of emoji")
struct EmojiTableTests {
  @Test("fully qualified emoji are read with name and groups; others are passed over")
  func parses() throws {
    let emoji = try EmojiFixtures.emoji()
    #expect(emoji.count == 15)
    #expect(
      emoji[1]
        == Emoji(
          codePoints: [0x263A, 0xFE0F], name: "smiling face", group: "Smileys & Emotion",
          subgroup: "face-affection"))
    #expect(
      emoji[3]
        == Emoji(
          codePoints: [0x1F44B, 0x1F3FF], name: "waving hand: dark skin tone",
          group: "People & Body", subgroup: "hand-fingers-open"))
    #expect(emoji.map(\.name).contains("keycap: #"))
    #expect(emoji.map(\.name).contains("keycap: *"))
    #expect(!emoji.map(\.name).contains("light skin tone"))
  }

  @Test(
    "a line that is none is an error with its number",
    arguments: [
      "1F600 fully-qualified # 😀 E1.0 grinning face", "1F6XX ; fully-qualified # 😀 E1.0 face",
      "; fully-qualified # 😀 E1.0 face", "1F600 ; fully-qualified # 😀 grinning",
      "1F600 ; fully-qualified", "word",
    ])
  func refuses(line: String) {
    let error = #expect(throws: DatasetError.self) {
      try EmojiTable.parse("# group: A\n\n\(line)\n", file: "list.txt")
    }
    #expect(error?.description.hasPrefix("list.txt:3: expected ") == true)
  }
}

@Suite("CLDR's keywords")
struct CLDRAnnotationsTests {
  @Test("keywords are read, names are passed over, entities are resolved")
  func reads() throws {
    var annotations = CLDRAnnotations()
    try annotations.add(EmojiFixtures.text("annotations.xml"), file: "en.xml")
    #expect(annotations[[0x1F34E]] == ["apple", "fruit", "red"])
    #expect(annotations[[0x1F3FB]] == ["light skin tone", "skin tone", "type 1–2"])
    #expect(annotations[[0x26]] == ["ampersand", "and", "et"])
    #expect(annotations[[0x263A, 0xFE0F]].first == "face")
    #expect(annotations[[0x1F979]].last == "sad")
    #expect(annotations[[0x1F600, 0x1F600]].isEmpty)
  }

  @Test("numbers of characters are resolved")
  func resolvesNumbers() throws {
    var annotations = CLDRAnnotations()
    try annotations.add(
      #"<annotation  type="x" cp="A">n</annotation>"# + "\n"
        + #"<annotation cp="&#x1F34E;&#65;">a&#x26;b | &quot;c&apos;</annotation>"#, file: "en.xml")
    #expect(annotations[[0x1F34E, 65]] == ["a&b", "\"c'"])
    #expect(annotations[[65]].isEmpty)
  }

  @Test(
    "a line that does not read is an error with its number",
    arguments: [
      #"<annotation cp="A">x"#, #"<annotation cp="A>x</annotation>"#,
      #"<annotation cp=A>x</annotation>"#, #"<annotation>x</annotation>"#,
      #"<annotation type="tts">x</annotation>"#, #"<annotation cp="&nbsp;">x</annotation>"#,
      #"<annotation cp="A">a & b</annotation>"#, #"<annotation cp="&#xD800;">x</annotation>"#,
      #"<annotation cp="A"><b>x</b></annotation>"#,
    ])
  func refuses(line: String) {
    let error = #expect(throws: DatasetError.self) {
      var annotations = CLDRAnnotations()
      try annotations.add("<ldml>\n\t\(line)\n</ldml>", file: "en.xml")
    }
    #expect(error?.description.hasPrefix("en.xml:2: expected ") == true)
  }
}

@Suite("captions")
struct EmojiCaptionsTests {
  @Test("the main caption is name and style; each caption stands once")
  func captions() {
    let apple = Emoji(
      codePoints: [0x1F34E], name: "red apple", group: "Food & Drink", subgroup: "food-fruit")
    let captions = EmojiCaptions(apple, keywords: ["apple", "fruit", "red"], style: .openmoji)
    #expect(captions.main == "red apple, openmoji style")
    #expect(
      captions.all == [
        "red apple, openmoji style", "red apple", "an openmoji style drawing of red apple",
        "apple, fruit, red, openmoji style", "red apple, apple, fruit, red",
        "red apple, food and drink, openmoji style",
      ])
  }

  @Test("a keyword that many share does not stand alone")
  func avoidsVague() {
    let flag = Emoji(
      codePoints: [0x1F1EB, 0x1F1F7], name: "flag: France", group: "Flags",
      subgroup: "country-flag")
    let captions = EmojiCaptions(flag, keywords: ["flag"], style: .noto)
    #expect(captions.all.contains("flag of France, noto style"))
    #expect(!captions.all.contains("flag, noto style"))
  }

  @Test(
    "names read as people say them",
    arguments: [
      ("flag: France", "flag of France"),
      ("waving hand: dark skin tone", "waving hand with dark skin tone"),
      ("man: light skin tone, beard", "man with light skin tone and beard"),
      ("keycap: 5", "keycap: 5"), ("family: man, boy", "family: man, boy"),
      ("red apple", "red apple"),
    ])
  func natural(name: String, expected: String) {
    #expect(EmojiCaptions.natural(name) == expected)
  }
}
