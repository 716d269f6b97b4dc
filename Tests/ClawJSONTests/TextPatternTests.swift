import ClawJSON
import Testing

@Suite("Patterns")
struct TextPatternTests {
  private static func isFound(_ pattern: String, in text: String, ignoresCase: Bool = false) throws -> Bool? {
    var steps = 1_000_000
    return try TextPattern(pattern, ignoresCase: ignoresCase).isFound(in: text, steps: &steps)
  }

  @Test(
    "what matches, and what does not",
    arguments: [
      ("abc", "xabcx", "xabx"), ("^a", "ab", "ba"), ("a$", "ba", "ab"), ("^$", "", "a"), ("a|bc", "xbc", "b"),
      ("a.c", "a\u{1F600}c", "a\nc"), ("[a-c]", "b", "d"), ("[^a-c]", "d", "b"), ("[]a]", "]", "b"),
      (#"\d{3}"#, "x123", "12x3"), (#"^\w+$"#, "a_1", "a-1"), (#"\s"#, "a\u{3000}b", "ab"), (#"[\D]"#, "a", "1"),
      ("^a{2,3}$", "aaa", "aaaa"), ("^a{2,}$", "aaaaa", "a"), ("^(?:ab)*c$", "ababc", "abac"), ("^a??b$", "ab", "aab"),
      (#"\bword\b"#, "a word.", "a words"), (#"\Bb"#, "ab", "b a"), (#"^\p{L}+$"#, "đường", "a1"),
      (#"\P{N}"#, "a", "1"), (#"^\u0041\x42$"#, "AB", "ab"), (#"^\u{1F600}$"#, "\u{1F600}", "x"),
      (#"^\.\*$"#, ".*", "ab"),
      ("^(?<year>[0-9]{4})-[0-9]{2}$", "2026-11", "26-11"), ("^[a-]$", "-", "b"), ("a{x", "a{x", "ax"),
      (#"^[\w.-]+@[\w-]+\.[a-z]{2,}$"#, "a.b@c-d.org", "a@b"), ("(a*)*b", "aab", "aac"), ("^(|a)+$", "aa", "ab"),
    ])
  func match(pattern: String, text: String, other: String) throws {
    if pattern == "[]a]" {
      // ECMA-262: `[]` matches nothing.
      #expect(try Self.isFound(pattern, in: text) == false)
    } else {
      #expect(try Self.isFound(pattern, in: text) == true)
    }
    #expect(try Self.isFound(pattern, in: other) == false)
  }

  @Test("case counts unless it is said otherwise")
  func letters() throws {
    #expect(try Self.isFound("[a-c]X", in: "Bx") == false)
    #expect(try Self.isFound("[a-c]X", in: "Bx", ignoresCase: true) == true)
    #expect(try Self.isFound("[^a]", in: "A", ignoresCase: true) == false)
  }

  @Test(
    "patterns that are none are told from those that are not supported",
    arguments: [
      ("(", "syntax"), (")", "syntax"), ("[a", "syntax"), ("*a", "syntax"), ("a{3,2}", "syntax"), ("[b-a]", "syntax"),
      (#"\"#, "syntax"), (#"\x4"#, "syntax"), ("(?=a)", "unsupported"), ("(?<!a)b", "unsupported"),
      (#"(a)\1"#, "unsupported"), (#"\p{Script=Greek}"#, "unsupported"), ("a{5000}", "large"),
      ("(((a{50}){50}){50})", "large"), (String(repeating: "(", count: 100), "large"),
      (String(repeating: "a", count: 3_000), "large"),
    ])
  func refused(pattern: String, kind: String) {
    do {
      _ = try TextPattern(pattern)
      Issue.record("taken: \(pattern.prefix(40))")
    } catch {
      switch error {
      case .syntax: #expect(kind == "syntax")
      case .unsupported: #expect(kind == "unsupported")
      case .tooLarge: #expect(kind == "large")
      }
    }
  }

  @Test("what explodes with backtracking takes steps in proportion to the text, and empty groups none")
  func bounded() throws {
    let text = String(repeating: "a", count: 2_000)
    for pattern in ["^(a+)+$", "^(a|aa)*b", "(a*)*(a*)*(a*)*c", "((((){900}){900}){900})x"] {
      var steps = 200_000
      #expect(try TextPattern(pattern).isFound(in: text + "!", steps: &steps) == false)
      #expect(steps > 0)
    }
    var steps = 100
    #expect(try TextPattern("^a*$").isFound(in: text, steps: &steps) == nil)
  }
}
