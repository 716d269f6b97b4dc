import Testing

@testable import ClawTools

@Suite("SKILL.md")
struct SkillDocumentTests {
  private static func document(_ text: String, folder: String = "weather") throws -> SkillDocument {
    try SkillDocument(Array(text.utf8), folder: folder)
  }

  @Test("a document has a name, a description of one line, a version and a body")
  func whole() throws {
    let document = try Self.document(
      "---\r\nname: Weather Report\r\ndescription: >\r\n  Tells the\r\n  weather.\r\nversion: 1.2\r\n---\r\n"
        + "\r\n\r\n# Weather\r\nLook out.\r\n"
    )
    #expect(document.name.text == "Weather Report")
    #expect(document.name.id == "weather-report")
    #expect(document.description == "Tells the weather.")
    #expect(document.version == "1.2")
    #expect(document.body == "# Weather\r\nLook out.")
  }

  @Test("a mark above a space stays, and what hidden characters leave behind is trimmed")
  func foundByFuzzing() throws {
    let document = try Self.document("---\ndescription: \"a  \u{591}b\"\n---\n# Notes\n\u{1A} \n")
    #expect(document.description.unicodeScalars.elementsEqual("a \u{591}b".unicodeScalars))
    #expect(document.body == "# Notes")
  }

  @Test("the folder gives the name where the file doesn't, and metadata the version")
  func defaults() throws {
    let document = try Self.document("\u{FEFF}--- \ndescription: d\nmetadata:\n  version: '3'\n---\n  indented\n")
    #expect(document.name.text == "weather")
    #expect(document.version == "3")
    #expect(document.body == "  indented")
  }

  @Test("the front matter may be JSON")
  func json() throws {
    let document = try Self.document("---\n{\"name\": \"w\",\n \"description\": \"a\\nb\"}\n---\nbody")
    #expect(document.name.text == "w")
    #expect(document.description == "a b")
    #expect(document.version == nil)
  }

  @Test("a long description is cut")
  func longDescription() throws {
    let document = try Self.document("---\ndescription: \(String(repeating: "é", count: 5000))\n---\n")
    #expect(document.description.unicodeScalars.count == SkillDocument.maxDescription)
    #expect(document.description.hasSuffix("é…"))
  }

  @Test(
    "what is no skill is refused with a reason",
    arguments: [
      ("", "begin with"), ("# Weather\n", "begin with"), ("---\ndescription: d\n", "not closed"),
      ("---\nname: w\n---\n", "\"description\" is missing"), ("---\ndescription: ' '\n---\n", "is missing"),
      ("---\ndescription: d\nname: [x]\n---\n", "line 3"), ("---\n{\"name\": }\n---\n", "JSON"),
    ])
  func refused(text: String, word: String) {
    let problem = #expect(throws: SkillDocument.Problem.self) { try Self.document(text) }
    #expect(problem?.description.contains(word) == true, "\(problem?.description ?? "")")
  }

  @Test("S24: an invisible character is refused in the front matter, escaped too, with its line")
  func hiddenInFrontMatter() {
    for hidden in ["\u{200B}", "\u{202E}", "\u{E0041}", "\u{2066}", "\u{1B}", "\u{FEFF}", "a\u{200D}b"] {
      let problem = #expect(throws: SkillDocument.Problem.self) {
        try Self.document("---\nname: w\n# \(hidden)\ndescription: d\n---\n")
      }
      #expect(problem?.description.contains("line 3") == true)
    }
    let escaped = #expect(throws: SkillDocument.Problem.self) {
      try Self.document(
        #"""
        ---
        description: "be good\U000E0041"
        ---
        """#)
    }
    #expect(escaped?.description.contains("U+E0041") == true)
  }

  @Test("what does not matter is passed over with a word about it")
  func lenient() throws {
    let marks = try Self.document("---\nname: \u{200F}w\ndescription: d\u{AD}one\u{200E}\n---\nbody")
    #expect(marks.name.text == "w" && marks.description == "done" && marks.warnings.count == 1)
    for name in ["R&D", "PDF (forms)", "../up"] {
      let document = try Self.document("---\nname: \(name)\ndescription: d\n---\nbody")
      #expect(document.name.text == "weather" && document.warnings.count == 1)
    }
    let indented = try Self.document("---\n  name: w\n  description: d\n  other:\n    x: y\n---\nbody")
    #expect(indented.name.text == "w" && indented.description == "d" && indented.warnings.isEmpty)
    let doubled = try Self.document("---\ndescription: d\nlicense: a\nlicense: b\n---\nbody")
    #expect(doubled.description == "d" && doubled.warnings.first?.contains("license") == true)
    #expect(throws: SkillDocument.Problem.self) {
      try Self.document("---\nname: R&D\ndescription: d\n---\n", folder: ".x")
    }
  }

  @Test("S24: hidden characters are taken out of the body and counted; what people write is left alone")
  func hiddenInBody() throws {
    let visible = "👩‍🚀 ❤️ می‌خواهم क्‍ष\tcafe\u{301}"
    let document = try Self.document("---\ndescription: d\n---\n\(visible)\u{E0049}\u{200B}\u{202E} end")
    #expect(document.body == visible + " end")
    #expect(document.hiddenCharacters == 3)
  }

  @Test(
    "S23: a name that means something in a path is refused",
    arguments: [
      "../up", "..", ".", ".hidden", "a/b", "a\\b", "a:b", "-flag", "a\u{0}b", "end.", "end ", "a\nb", "<b>",
      String(repeating: "n", count: 65), "\u{2044}a", "a\u{FF0F}b",
    ])
  func names(name: String) {
    #expect(throws: SkillDocument.Problem.self) { try SkillName(name) }
  }

  @Test("names of all scripts are fine, and case makes no other name")
  func goodNames() throws {
    for name in ["pdf", "Weather Report", "v2.1_beta-3", "天気", "Прогноз", "हिन्दी", "1st"] {
      #expect(try SkillName(name).text == name)
    }
    #expect(try SkillName("Weather Report").id == SkillName("weather-report").id)
  }

  @Test("size is bounded")
  func bounds() throws {
    let comment = "# " + String(repeating: "x", count: FrontMatter.maxBytes)
    let matter = #expect(throws: SkillDocument.Problem.self) {
      try Self.document("---\n\(comment)\ndescription: d\n---\n")
    }
    #expect(matter?.description.contains("not closed") == true)
    let body = String(repeating: "x", count: SkillDocument.maxBodyBytes)
    #expect(try Self.document("---\ndescription: d\n---\n\(body)").body == body)
    #expect(throws: SkillDocument.Problem.self) { try Self.document("---\ndescription: d\n---\n\(body)x") }
    #expect(throws: SkillDocument.Problem.self) {
      try SkillDocument(Array("---\ndescription: d\n---\n".utf8) + [0xFF], folder: "w")
    }
  }

  @Test("random bytes make a skill or a problem, never more", arguments: 0..<32)
  func fuzz(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var bytes = Array("---\nname: w\ndescription: d\n---\nbody".utf8)
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        if Bool.random(using: &random) {
          bytes[index] = .random(in: 0...255, using: &random)
        } else {
          bytes.remove(at: index)
        }
      }
      do {
        let document = try SkillDocument(bytes, folder: "w")
        #expect(!document.description.isEmpty && !document.description.contains("\n"))
        #expect(HiddenCharacters.first(in: document.name.text + document.description + document.body) == nil)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
