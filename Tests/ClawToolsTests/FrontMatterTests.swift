import Testing

@testable import ClawTools

@Suite("Front matter")
struct FrontMatterTests {
  private static func parse(_ text: String) throws -> FrontMatter {
    let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
    return try FrontMatter(
      lines: lines.enumerated().map { FrontMatter.Line(number: $0.offset + 2, bytes: Array($0.element)[...]) })
  }

  @Test(
    "values are read as YAML reads them",
    arguments: [
      ("k: plain text", "plain text"), ("k:   padded\t ", "padded"), ("k: with # remark", "with"),
      ("k: with#no remark", "with#no remark"), ("k: Use when: asked", "Use when: asked"),
      ("k: goes\n  on and\n\n  on", "goes on and\non"), ("k:\n  below\n  it", "below it"),
      (#"k: "a \"b\" \\ \u00e9 \x41 \U0001F600\n""#, "a \"b\" \\ é A 😀\n"), ("k: 'it''s' # remark", "it's"),
      ("k: \"one\n  two\n\n  three\"", "one two\nthree"), ("k: 'one\n  two'", "one two"), ("k: ''", ""),
      ("k: |\n  one\n    two\n\n  three\n", "one\n  two\n\nthree\n"), ("k: |-\n  one\n  two\n\n", "one\ntwo"),
      ("k: |+\n  one\n\nnext: x", "one\n\n"), ("k: >\n  one\n  two\n\n  three", "one two\nthree\n"),
      ("k: >-\n  one\n    code\n  two", "one\n  code\ntwo"), ("k: |2-\n   one\n  two", " one\ntwo"),
      ("k: >- # remark\n  # no remark\n  one", "# no remark one"), ("k: |", ""), ("k: 1.0", "1.0"),
      ("'k': quoted key", "quoted key"), ("\"k\": quoted key", "quoted key"), ("# remark\n\nk: after", "after"),
      ("k: first\n# remark\nother: x", "first"),
      ("k: # remark\n  text", "text"),
    ])
  func values(text: String, value: String) throws {
    #expect(try Self.parse(text).text("k") == value)
  }

  @Test("a value that is missing or empty is none", arguments: ["other: x", "k:", "k: ~", "k: null", "k: # remark"])
  func missing(text: String) throws {
    #expect(try Self.parse(text).text("k") == nil)
  }

  @Test(
    "what can't be read is refused with its line",
    arguments: [
      ("a: 1\nno pair", 3, "form"), ("  a: 1", 2, "indented"), ("\ta: 1", 2, "indented"),
      (": x", 2, "key"), ("a:x", 2, "form"), ("\"a: x", 2, "quote"), ("k: \"open", 2, "not closed"),
      ("k: 'open\n  still", 2, "not closed"), ("k: \"a\" b", 2, "behind"), ("k: 'a'\n  b", 3, "behind"),
      (#"k: "\q""#, 2, "escape"), (#"k: "\u12""#, 2, "hex"), (#"k: "\ud800""#, 2, "hex"),
      (#"k: "\x+1""#, 2, "hex"), ("k: [a, b]", 2, "must be text"),
      ("k: {a: b}", 2, "must be text"), ("k: &anchor x", 2, "anchors"), ("k: *alias", 2, "anchors"),
      ("k: !!str x", 2, "anchors"), ("k:\n  - a", 3, "list"), ("k:\n- a", 3, "list"), ("k:\n  a: b", 3, "pairs"),
      ("k: |x\n  a", 2, "digit"), ("k: |\n    a\n  b", 4, "less"), ("k: |\n\ta", 3, "spaces"),
    ] as [(String, Int, String)])
  func refused(text: String, line: Int, word: String) {
    let error = #expect(throws: FrontMatter.Problem.self) { try Self.parse(text).text("k") }
    #expect(error?.line == line)
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
  }

  @Test("of a key that comes twice the last counts, with a word about it; a backslash joins lines")
  func lenient() throws {
    let matter = try Self.parse("k: 1\nother: x\nk: 2\nj: \"a \\\n    b\\\n    c\"")
    #expect(try matter.text("k") == "2" && matter.text("other") == "x" && matter.text("j") == "a bc")
    #expect(matter.warnings.map(\.line) == [4])
  }

  @Test("what nobody asks for may be written in any way")
  func unread() throws {
    let matter = try Self.parse(
      """
      tools: [a, b]
      list:
      - one
      - two: 2
        three: 3
      metadata:
        {
          "x": { "y": ["z"] },
        }
      flow: {
        "a": 1
      }
      anchor: &x y
      k: found
      """)
    #expect(try matter.text("k") == "found")
    #expect(Set(matter.entries.keys) == ["tools", "list", "metadata", "flow", "anchor", "k"])
  }

  @Test("pairs below a key are a section")
  func sections() throws {
    let matter = try Self.parse("metadata:\n  author: me\n  # remark\n  version: \"2.1\"\nk: v")
    #expect(try matter.section("metadata")?.text("version") == "2.1")
    #expect(matter.section("k") == nil)
    #expect(matter.section("none") == nil)
    #expect(try Self.parse("metadata: {version: 1}").section("metadata") == nil)
    #expect(try Self.parse("metadata:\n    a: 1\n  b: 2").section("metadata") == nil)
  }

  @Test("there is a bound on pairs and on the length of keys")
  func bounds() {
    let many = (0...FrontMatter.maxEntries).map { "k\($0): v" }.joined(separator: "\n")
    #expect(throws: FrontMatter.Problem.self) { try Self.parse(many) }
    let long = String(repeating: "k", count: FrontMatter.maxKeyBytes + 1) + ": v"
    #expect(throws: FrontMatter.Problem.self) { try Self.parse(long) }
  }

  @Test("whatever is thrown at it, it answers with values or a line that exists", arguments: 0..<64)
  func fuzz(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "k", "name", ":", ": ", " ", "  ", "\n", "\n  ", "\n\n", "- ", "\"", "'", "\\", "\\u00", "|", ">", "-", "+", "2",
      "#", " #", "[", "]", "{", "}", "&", "*", "\t", "é", "\u{301}", "\r", "~", "\0", "text",
    ]
    for _ in 0..<200 {
      var text = Bool.random(using: &random) ? "k: " : ""
      for _ in 0..<Int.random(in: 0..<24, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
      let lines = text.utf8.count { $0 == 10 } + 1
      do {
        let matter = try Self.parse(text)
        for key in matter.entries.keys {
          _ = try matter.text(key)
          _ = matter.section(key)
        }
      } catch let error as FrontMatter.Problem {
        #expect((2...lines + 1).contains(error.line), "\(text.debugDescription): \(error)")
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test("what is put into quotes comes out as it was", arguments: 0..<32)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let alphabet: [Unicode.Scalar] = ["a", "\"", "\\", "'", ":", "#", " ", "é", "😀", "{", "-", "|"]
    var value = "x"
    for _ in 0..<Int.random(in: 0..<40, using: &random) {
      value.unicodeScalars.append(alphabet.randomElement(using: &random) ?? "a")
    }
    value += "x"
    let double = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    #expect(try Self.parse("k: \"\(double)\"").text("k") == value)
    #expect(try Self.parse("k: '\(value.replacing("'", with: "''"))'").text("k") == value)
    #expect(try Self.parse("k: |-\n  \(value)").text("k") == value)
  }
}
