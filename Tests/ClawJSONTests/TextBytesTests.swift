import ClawJSON
import Testing

@Suite("Text is split, searched and trimmed by its bytes")
struct TextBytesTests {
  @Test(
    "a mark that combines with a separator does not hide it", arguments: ["\u{301}", "\u{338}", "\u{FE0F}", "\u{200D}"])
  func marks(_ mark: String) {
    #expect("a/\(mark)b".split(at: "/").map(String.init) == ["a", "\(mark)b"])
    #expect("/\(mark)b".startsWith("/") && "a/".endsWith("/") && !"a/\(mark)".endsWith("/"))
    #expect("a=\(mark)b".firstIndex(ofASCII: "=").map { String("a=\(mark)b".after($0)) } == "\(mark)b")
    #expect("a:\(mark):b".lastIndex(ofASCII: ":").map { String("a:\(mark):b".after($0)) } == "b")
    #expect("a?\(mark)".upTo("?") == "a")
    #expect("x</t>\(mark)y".firstRange(ofBytes: "</t>").map { String("x</t>\(mark)y"[$0.upperBound...]) } == "\(mark)y")
    #expect("a\"\(mark)".replacingBytes(of: "\"", with: "\"\"").hasSameBytes(as: "a\"\"\(mark)"))
    #expect("v1\(mark)".droppingPrefix("v1").map { $0.hasSameBytes(as: mark) } == true)
    #expect("a\n\(mark)b".lines.count == 2 && " \(mark)".droppingBlanks.hasSameBytes(as: mark))
  }

  @Test("what is canonically equivalent to a separator is none")
  func equivalents() {
    #expect("a\u{37E}b".split(at: ";").count == 1 && "a;b".split(at: ";").count == 2)
    #expect(!"\u{212A}ey".startsWith("Key") && "\u{212A}".lowercasedASCII.hasSameBytes(as: "\u{212A}"))
    #expect("AbC".lowercasedASCII == "abc")
  }

  @Test("lines end with LF and with CR LF")
  func lines() {
    #expect("# a\r\nb\r\n\r\nc".lines.map(String.init) == ["# a", "b", "", "c"])
    #expect("a\nb\n".lines.map(String.init) == ["a", "b"])
    #expect("".lines.isEmpty)
    #expect("a\r\nb\u{2028}c\n\n".oneLine() == "a b c")
  }

  @Test("parts are those of the library's own split, where no character hides anything")
  func parts() {
    for text in ["", "/", "a", "a/b", "/a//b/", "//"] {
      for omitting in [true, false] {
        for most in [0, 1, 2, Int.max] {
          #expect(
            text.split(at: "/", maxSplits: most, omittingEmpty: omitting)
              == text.split(separator: "/", maxSplits: most, omittingEmptySubsequences: omitting),
            "\(text) \(most) \(omitting)")
        }
      }
    }
    #expect("a,b;c".split(at: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }).count == 3)
  }

  @Test("what is at the ends is trimmed, and what is within is left")
  func trimming() {
    #expect("\r\n a b \t".trimmingASCII() == "a b" && "  ".trimmingASCII().isEmpty && "".trimmingASCII().isEmpty)
    #expect("\u{2003}a b\r\n".trimmed == "a b" && " \r\n\u{A0}".isBlank && !" a".isBlank && "".isBlank)
    #expect(" a  b\r\nc ".words.map(String.init) == ["a", "b", "c"])
    #expect("abcabc".replacingBytes(of: "bc", with: "") == "aa" && "aaa".containsBytes(of: "aa"))
    #expect("ab".firstRange(ofBytes: "abc") == nil && "ab".firstRange(ofBytes: "") != nil)
  }
}
