import Testing

@testable import ClawModels

@Suite("Server-sent events")
struct SSEDecoderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    /// Types and data of the events.
    var events: [[String]]
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "one event", text: "data: a\n\n", events: [["message", "a"]]),
    Case(name: "no space", text: "data:a\n\n", events: [["message", "a"]]),
    Case(name: "two spaces", text: "data:  a\n\n", events: [["message", " a"]]),
    Case(name: "CRLF", text: "event: x\r\ndata: a\r\n\r\n", events: [["x", "a"]]),
    Case(name: "CR", text: "event: x\rdata: a\r\r", events: [["x", "a"]]),
    Case(
      name: "mixed ends", text: "data: a\r\n\ndata: b\r\rdata: c\n\r\n",
      events: [
        ["message", "a"], ["message", "b"], ["message", "c"],
      ]),
    Case(name: "several lines", text: "data: a\ndata: b\ndata\ndata:\n\n", events: [["message", "a\nb\n\n"]]),
    Case(name: "comment", text: ": ping\n\n:\ndata: a\n: more\n\n", events: [["message", "a"]]),
    Case(name: "byte order mark", text: "\u{FEFF}data: a\n\n", events: [["message", "a"]]),
    Case(name: "only the first mark", text: "\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n", events: [["message", "b"]]),
    Case(name: "no data, no event", text: "event: x\n\ndata: a\n\n", events: [["message", "a"]]),
    Case(name: "empty data", text: "data\n\ndata:\n\n", events: [["message", ""], ["message", ""]]),
    Case(name: "unknown field", text: "what: x\nfoo\ndata: a\n\n", events: [["message", "a"]]),
    Case(name: "colon in data", text: "data: a: b\n\n", events: [["message", "a: b"]]),
    Case(name: "unfinished", text: "data: a\n\ndata: b\n", events: [["message", "a"]]),
    Case(
      name: "many bytes a character",
      text: "data: äß€😀\r\ndata: 漢字\r\n\r\n", events: [["message", "äß€😀\n漢字"]]),
  ]

  static func events(_ chunks: [[UInt8]]) throws -> [SSEEvent] {
    var decoder = SSEDecoder()
    return try chunks.flatMap { try decoder.push($0) }
  }

  @Test("L22: the cases of the WHATWG text", arguments: cases)
  func table(_ sample: Case) throws {
    let events = try Self.events([Array(sample.text.utf8)])
    #expect(events.map { [$0.type, $0.data] } == sample.events)
  }

  @Test("L22: every split of a stream, inside characters and line ends too, gives the same events", arguments: cases)
  func splits(_ sample: Case) throws {
    let bytes = Array(sample.text.utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let chunks = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
        #expect(try Self.events(chunks).map { [$0.type, $0.data] } == sample.events)
      }
    }
    #expect(try Self.events(bytes.map { [$0] }).map { [$0.type, $0.data] } == sample.events)
  }

  @Test("ids last until the next one, retry takes digits only")
  func idsAndRetry() throws {
    var decoder = SSEDecoder()
    let text = "id: 1\ndata: a\n\ndata: b\n\nid: x\u{0}y\ndata: c\n\nid\nretry: 12x\ndata: d\n\nretry: 250\n"
    let events = try decoder.push(Array(text.utf8))
    #expect(events.map(\.lastID) == ["1", "1", "1", ""])
    #expect(decoder.retryMilliseconds == 250)
  }

  @Test("bytes that are no UTF-8 become replacement characters")
  func invalidUTF8() throws {
    var decoder = SSEDecoder()
    let events = try decoder.push(Array("data: a".utf8) + [0xFF, 0xC3] + Array("b\n\n".utf8))
    #expect(events.map(\.data) == ["a\u{FFFD}\u{FFFD}b"])
  }

  @Test("L22: random streams, cut at random, read the same as in one piece", arguments: 1...40)
  func fuzz(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let pieces = [
      "data", ":", " ", "\n", "\r", "\r\n", "\n\n", "event", "id", "retry", "ä", "😀", "\u{FEFF}", "0", "{}", "x",
      "\u{0}",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<400 {
      bytes += Array((pieces.randomElement(using: &random) ?? "x").utf8)
      if Int.random(in: 0..<40, using: &random) == 0 { bytes.append(UInt8.random(in: 0...255, using: &random)) }
    }
    let whole = try Self.events([bytes])
    for _ in 0..<10 {
      var chunks: [[UInt8]] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 0...9, using: &random))
        chunks.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(try Self.events(chunks) == whole)
    }
  }

  @Test("L22: a line of 2 MB is read, in one piece and in small ones")
  func longLine() throws {
    let text = String(repeating: "a long line ", count: 180_000)
    let bytes = Array("data: \(text)\n\n".utf8)
    #expect(try Self.events([bytes]).first?.data == text)
    let chunks = stride(from: 0, to: bytes.count, by: 13).map { Array(bytes[$0..<min($0 + 13, bytes.count)]) }
    #expect(try Self.events(chunks).first?.data == text)
  }

  @Test("an event larger than the bound ends the stream, in one line or in many")
  func overflow() throws {
    var decoder = SSEDecoder(eventLimit: 1000)
    #expect(throws: SSEOverflow(limit: 1000)) { try decoder.push([UInt8](repeating: 0x61, count: 1001)) }
    var second = SSEDecoder(eventLimit: 1000)
    #expect(throws: SSEOverflow(limit: 1000)) {
      for _ in 0..<200 { _ = try second.push(Array("data: abcdef\n".utf8)) }
    }
    var third = SSEDecoder(eventLimit: 1000)
    for _ in 0..<200 { #expect(try third.push(Array("data: abcdef\n\n".utf8)).count == 1) }
  }
}
