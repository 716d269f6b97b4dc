import ClawJSON
import Testing

@Suite("Documents that are JSON")
struct AcceptedDocumentsTests {
  @Test(
    "is read as the value it says",
    arguments: [
      ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
      ("0", 0), ("-1", -1), ("7", 7), ("1.0", 1.0), ("-0", .number(-0.0)), ("0.5", 0.5), ("1e2", 100.0),
      ("1E+2", 100.0), ("25e-1", 2.5), ("1.5e3", 1500.0), ("0e5", 0.0), ("1e-400", 0.0),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
      ("18446744073709551616", .number(18_446_744_073_709_551_616)),
      ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("5e-324", .number(.leastNonzeroMagnitude)),
      ("0.1", 0.1), ("123456789.123456789", 123456789.123456789), ("0.30000000000000004", 0.30000000000000004),
      ("[]", []), ("[ ]", []), ("{}", [:]), ("{ }", [:]), (" \t\r\n[ 1 , 2 ]\n", [1, 2]),
      (#"{"a":{"b":[null]}}"#, ["a": ["b": [nil]]]), (#"{"":0}"#, ["": 0]),
      (#"{"a":1,"a":2}"#, ["a": 2]),
    ] as [(String, JSONValue)])
  func value(text: String, expected: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == expected)
  }

  @Test("minus zero keeps its sign")
  func minusZero() throws {
    #expect(try JSONValue(parsing: "-0").doubleValue?.sign == .minus)
    #expect(try JSONValue(parsing: "-0.0").serializedString() == "-0.0")
  }

  @Test(
    "a string is unescaped",
    arguments: [
      (#""""#, ""), (#""abc""#, "abc"), (#""a\"b\\c\/d""#, "a\"b\\c/d"), (#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t"),
      (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"), (#""\u0000""#, "\0"), (#""/""#, "/"),
      (#""é€😀""#, "é€😀"), (#""\u2028 \u2029""#, "\u{2028} \u{2029}"), ("\"\u{7f}\"", "\u{7f}"),
      (#""before the escape\nand some text after it, é too""#, "before the escape\nand some text after it, é too"),
    ])
  func string(text: String, expected: String) throws {
    let parsed = try #require(try JSONValue(parsing: text).stringValue)
    #expect(Array(parsed.utf8) == Array(expected.utf8))
  }

  @Test("a stop at any place of a long string is seen, at every alignment")
  func alignment() throws {
    for prefix in 0..<20 {
      for suffix in 0..<20 {
        for middle in ["é", "€", "😀", "~", "\u{7f}", " "] {
          let content = String(repeating: "x", count: prefix) + middle + String(repeating: "y", count: suffix)
          #expect(try JSONValue(parsing: "\"\(content)\"") == .string(content))
          #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\(content)\u{1f}\"") }
          #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\(content)\"\"") }
          #expect(try JSONValue(parsing: "\"\(content)\\n\"") == .string(content + "\n"))
        }
      }
    }
  }

  @Test("every kind of buffer is read alike, also a slice that does not start at 0")
  func buffers() throws {
    let bytes = Array(#"{"a":[1,"x"]}"#.utf8)
    let expected: JSONValue = ["a": [1, "x"]]
    #expect(try JSONValue(parsing: bytes) == expected)
    #expect(try JSONValue(parsing: ([0, 0] + bytes + [0])[2..<(bytes.count + 2)]) == expected)
    #expect(try bytes.withUnsafeBufferPointer { try JSONValue(parsing: $0) } == expected)
    #expect(try bytes.withUnsafeBytes { try JSONValue(parsing: $0) } == expected)
  }

  @Test("depth is counted in open arrays and objects")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(128)) }
    #expect(throws: Never.self) { try JSONValue(parsing: "[[],[],[]]", limits: JSONLimits(maxDepth: 2)) }
    #expect(throws: Never.self) { try JSONValue(parsing: "1", limits: JSONLimits(maxDepth: 0)) }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(512), limits: JSONLimits(maxDepth: 10_000)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(513), limits: JSONLimits(maxDepth: 10_000)) }
  }
}
