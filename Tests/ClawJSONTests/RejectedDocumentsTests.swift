import ClawJSON
import Testing

struct Rejection: Sendable, CustomTestStringConvertible {
  let text: String
  let kind: JSONError.Kind
  let line: Int
  let column: Int

  init(_ text: String, _ kind: JSONError.Kind, _ column: Int) {
    (self.text, self.kind, self.line, self.column) = (text, kind, 1, column)
  }

  init(_ text: String, _ column: Int) { self.init(text, .syntax, column) }

  init(_ text: String, at line: Int, _ column: Int) {
    (self.text, self.kind, self.line, self.column) = (text, .syntax, line, column)
  }

  var testDescription: String { String(text.prefix(40)) }
}

@Suite("Documents that are not JSON")
struct RejectedDocumentsTests {
  @Test(
    "is refused with the place of the fault",
    arguments: [
      Rejection("", 1), Rejection("  ", 3), Rejection("\n\n", at: 3, 1), Rejection("\u{feff}{}", 1),
      Rejection("tru", 1), Rejection("True", 1), Rejection("nul", 1), Rejection("NaN", 1), Rejection("Infinity", 1),
      Rejection("-Infinity", 2), Rejection("undefined", 1), Rejection("\0", 1), Rejection("\u{a0}1", 1),
      Rejection("01", 1), Rejection("-01", 2), Rejection("1.", 3), Rejection(".5", 1), Rejection("+1", 1),
      Rejection("-", 2), Rejection("1e", 3), Rejection("1e+", 4), Rejection("1.e1", 3), Rejection("0x10", 2),
      Rejection("1 2", 3), Rejection("1_000", 2), Rejection("1e999", .notRepresentable, 1),
      Rejection("[1e99999999999999999999]", .notRepresentable, 2),
      Rejection("[", 2), Rejection("]", 1), Rejection("[1", 3), Rejection("[1,", 4), Rejection("[1,]", 3),
      Rejection("[,1]", 2), Rejection("[1,,2]", 4), Rejection("[1 2]", 4), Rejection("[1}", 3), Rejection("[]]", 3),
      Rejection("{", 2), Rejection("{a:1}", 2), Rejection("{'a':1}", 2), Rejection("{\"a\"}", 5),
      Rejection("{\"a\":}", 6), Rejection("{\"a\":1,}", 7), Rejection("{\"a\":1 \"b\":2}", 8),
      Rejection("{\"a\"=1}", 5), Rejection("{1:2}", 2), Rejection("{\"a\":1]", 7), Rejection("{} {}", 4),
      Rejection("'a'", 1), Rejection("\"a", 3), Rejection("\"a\\\"", 5), Rejection("\"\\x\"", 2),
      Rejection("\"\\u12\"", 2), Rejection("\"\\u12g4\"", 2), Rejection("\"\\", 2), Rejection("\"a\nb\"", 3),
      Rejection("\"tab\there\"", 5), Rejection("\"\u{1f}\"", 2),
      Rejection("\"\\ud800\"", .utf8, 2), Rejection("\"\\udc00\"", .utf8, 2),
      Rejection("\"\\ud800\\u0041\"", .utf8, 2), Rejection("\"\\ud800\\ud800\"", .utf8, 2),
      Rejection("\"\\ud83dx\"", .utf8, 2),
      Rejection("// c\n1", 1), Rejection("[1, /* c */ 2]", 5),
      Rejection("{\n  \"a\": 1\n  \"b\": 2\n}", at: 3, 3), Rejection("[\"é€😀\", x]", 9),
      Rejection("{\r\n\"a\":\r\n?}", at: 3, 1),
    ])
  func rejected(_ rejection: Rejection) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: rejection.text) }
    #expect(error?.kind == rejection.kind)
    #expect(error?.line == rejection.line)
    #expect(error?.column == rejection.column)
    #expect(error?.message.isEmpty == false)
  }

  @Test(
    "bytes that are not UTF-8 are refused",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
      [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x28, 0x80],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    for prefix in 0..<10 {
      let text = [0x22] + [UInt8](repeating: 0x61, count: prefix) + bytes + [0x22]
      let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
      #expect(error?.kind == .utf8)
      #expect(error?.column == prefix + 2)
    }
    #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes) }
  }

  @Test(
    "S32: a depth bomb is refused at once, whatever it is made of", arguments: ["[", "{\"a\":", "[{\"a\":", "[[],"])
  func depthBomb(part: String) {
    let bomb = String(repeating: part, count: 100_000)
    for limits in [JSONLimits.standard, JSONLimits(maxDepth: .max)] {
      let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bomb, limits: limits) }
      #expect(error?.kind == .depth)
      #expect(error?.message == "arrays and objects are nested deeper than \(limits.maxDepth) levels")
    }
  }

  @Test("the message says what to do")
  func messages() {
    func message(_ text: String) -> String? {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text) }?.description
    }
    #expect(message("{\"a\":1 \"b\"}") == "line 1, column 8: expected ',' or '}', found '\"'")
    let strict = JSONLimits(refusesRepeatedNames: true)
    let repeated = #expect(throws: JSONError.self) {
      try JSONValue(parsing: "{\"a\": {\"b\": 1},\n \"\\u0061\": 2}", limits: strict)
    }
    #expect(repeated?.description == #"line 2, column 2: "\u0061" is there twice; remove one of the two"#)
    #expect((try? JSONValue(parsing: #"{"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]}"#, limits: strict)) != nil)
    #expect(message("[1,]") == "line 1, column 3: remove the comma after the last element")
    #expect(message("[1") == "line 1, column 3: expected ',' or ']', found the end of the document")
    #expect(message("\u{1}") == "line 1, column 1: expected a value, found the byte 0x01")
    #expect(message("\u{feff}1")?.contains("byte order mark") == true)
  }

  @Test("every prefix of a document is refused, and no change of one byte makes the reader trap")
  func mutations() throws {
    let document = Array(#"{"a":[1,-2.5e3,"x\u00e9\n€",true,false,null],"b":{"c":[]}}"#.utf8)
    for end in document.indices {
      #expect(throws: JSONError.self) { try JSONValue(parsing: document[..<end]) }
    }
    var accepted = 0
    for index in document.indices {
      for byte in UInt8.min...UInt8.max {
        var mutated = document
        mutated[index] = byte
        guard let value = try? JSONValue(parsing: mutated) else { continue }
        accepted += 1
        #expect(try JSONValue(parsing: value.serialized()) == value)
      }
    }
    #expect(accepted > document.count)
  }
}
