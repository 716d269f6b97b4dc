import NIOCore
import Testing

@testable import ClawWebSocket

@Suite("Reading frames")
struct WebSocketFrameReaderTests {
  typealias Event = WebSocketFrameReader.Event

  /// All events of `bytes`, fed to the reader in pieces of `step` bytes.
  private func events(
    _ bytes: ByteBuffer, step: Int = .max, limit: Int = 1 << 20, isServer: Bool = true, acceptsBinary: Bool = true
  ) -> [Event] {
    var reader = WebSocketFrameReader(expectsMask: isServer, acceptsBinary: acceptsBinary)
    var rest = bytes
    var result: [Event] = []
    while var piece = rest.readSlice(length: min(step, rest.readableBytes)), piece.readableBytes > 0 {
      while let event = reader.next(&piece, maxMessageBytes: limit) {
        result.append(event)
        if case .violation = event { return result }
      }
    }
    return result
  }

  private func violation(
    _ bytes: ByteBuffer, limit: Int = 1 << 20, isServer: Bool = true, acceptsBinary: Bool = true
  ) -> WebSocketCloseCode? {
    let all = events(bytes, limit: limit, isServer: isServer, acceptsBinary: acceptsBinary)
    if case .violation(let violation) = all.last { return violation.code }
    return nil
  }

  @Test("A message in fragments with control frames between them arrives whole", arguments: [1, 2, 3, 7, 4096])
  func fragments(step: Int) {
    let wire = joined(
      wireText("Grü", isFinal: false), wireFrame(9, [1, 2, 3]), wireFrame(0, Array("ße, ".utf8), isFinal: false),
      wireFrame(10), wireFrame(0, Array("Zoë".utf8)), wireFrame(8, closePayload(1000, "done")))
    #expect(
      events(wire, step: step) == [
        .ping(ByteBuffer(bytes: [1, 2, 3])), .pong, .message(.text("Grüße, Zoë")),
        .close(code: .normal, reason: "done"),
      ])
  }

  @Test(
    "Every length form is read and written alike", arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 200_003],
    [true, false])
  func lengths(count: Int, isMasked: Bool) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var written = ByteBuffer()
    let key: UInt32? = isMasked ? 0x3D21_FA37 : nil
    WebSocketFrameWriter.write(.binary, payload: ByteBuffer(bytes: payload), key: key, to: &written)
    #expect(written == wireFrame(2, payload, isMasked: isMasked))
    #expect(written.readableBytes == WebSocketFrameWriter.size(payloadBytes: count, masked: isMasked))
    let whole = Event.message(.binary(ByteBuffer(bytes: payload)))
    #expect(events(written, step: 1009, isServer: isMasked) == [whole])
  }

  @Test("A character may be cut anywhere, by frames and by reads")
  func cutCharacter() {
    let bytes = Array("κόσμε😀".utf8)
    for cut in 1..<bytes.count {
      let wire = joined(wireFrame(1, Array(bytes[..<cut]), isFinal: false), wireFrame(0, Array(bytes[cut...])))
      #expect(events(wire, step: 1) == [.message(.text("κόσμε😀"))])
    }
  }

  @Test("Broken framing is answered by 1002")
  func brokenFraming() {
    let cases: [(String, ByteBuffer)] = [
      ("reserved bit 1", wireFrame(1, reserved: 4)), ("reserved bit 2", wireFrame(1, reserved: 2)),
      ("reserved bit 3 on a ping", wireFrame(9, reserved: 1)),
      ("opcode 3", wireFrame(3)), ("opcode 7", wireFrame(7)), ("opcode 11", wireFrame(11)),
      ("opcode 15", wireFrame(15)),
      ("unmasked client frame", wireText("x", isMasked: false)),
      ("fragmented ping", wireFrame(9, isFinal: false)), ("fragmented close", wireFrame(8, isFinal: false)),
      ("ping of 126 bytes", wireFrame(9, Array(repeating: 0, count: 126))),
      ("continuation of nothing", wireFrame(0, [1])),
      ("text inside a fragmented text", joined(wireText("a", isFinal: false), wireText("b"))),
      ("close of one byte", wireFrame(8, [3])),
      ("length beyond 63 bits", ByteBuffer(bytes: [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0])),
    ]
    for (name, wire) in cases {
      #expect(violation(wire) == .protocolError, "\(name)")
    }
    #expect(violation(wireText("x"), isServer: false) == .protocolError, "masked server frame")
  }

  @Test("A violation is told at the first byte that shows it")
  func failsFast() {
    #expect(violation(ByteBuffer(bytes: [0xC1])) == .protocolError)
    #expect(violation(ByteBuffer(bytes: [0x89, 0xFE])) == .protocolError)
    #expect(violation(ByteBuffer(bytes: [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1]), limit: 65_536) == .messageTooBig)
    // An overlong form at the start of an incomplete frame.
    var start = wireFrame(1, [0xC0, 0xAF] + Array(repeating: 0x41, count: 100))
    start.moveWriterIndex(to: 8)
    #expect(violation(start) == .invalidPayload)
  }

  @Test("Text that is not UTF-8 is answered by 1007, also across fragments and when it ends too early")
  func invalidText() {
    let bad: [[UInt8]] = [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80], [0x80],
      [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ]
    for bytes in bad {
      #expect(violation(wireFrame(1, [0x61] + bytes)) == .invalidPayload)
      let cut = joined(wireFrame(1, [0x61] + bytes.prefix(1), isFinal: false), wireFrame(0, Array(bytes.dropFirst())))
      #expect(violation(cut) == .invalidPayload)
      #expect(violation(wireFrame(8, closePayload(1000) + bytes)) == .invalidPayload)
      #expect(violation(wireFrame(2, bytes)) == nil, "binary is not judged")
    }
  }

  @Test("Too large is answered by 1009, also while fragments gather, and the bound itself still passes")
  func tooLarge() {
    let hundred = Array(repeating: UInt8(0x61), count: 100)
    #expect(violation(wireFrame(1, hundred), limit: 99) == .messageTooBig)
    #expect(violation(wireFrame(1, hundred), limit: 100) == nil)
    let pair = joined(wireFrame(1, hundred, isFinal: false), wireFrame(0, hundred))
    #expect(violation(pair, limit: 199) == .messageTooBig)
    #expect(violation(pair, limit: 200) == nil)
    // Control frames do not count as part of a message.
    #expect(violation(joined(wireFrame(1, hundred, isFinal: false), wireFrame(9, hundred)), limit: 100) == nil)
  }

  @Test("Binary is answered by 1003 where it is not wanted")
  func binary() {
    #expect(violation(wireFrame(2, [1]), acceptsBinary: false) == .unsupportedData)
    #expect(violation(wireFrame(2, [1])) == nil)
  }

  @Test("Only close codes that may be on the wire are taken")
  func closeCodes() {
    for code: UInt16 in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1013, 3000, 3999, 4000, 4999] {
      let wire = wireFrame(8, closePayload(code, "why"))
      #expect(events(wire) == [.close(code: WebSocketCloseCode(rawValue: code), reason: "why")])
    }
    for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
      #expect(violation(wireFrame(8, closePayload(code))) == .protocolError, "\(code)")
    }
    #expect(events(wireFrame(8)) == [.close(code: nil, reason: "")])
  }

  @Test("The UTF-8 check agrees with the standard library on every pair and many longer sequences")
  func agreesWithStandardLibrary() {
    let interesting: [UInt8] = [
      0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
      0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]
    func check(_ bytes: [UInt8]) {
      var validator = UTF8Validator()
      let isValid = bytes.withUnsafeBytes { validator.append($0) } && validator.isComplete
      #expect(isValid == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
    }
    for first in UInt8.min...UInt8.max {
      check([first])
      for second in interesting { check([first, second]) }
    }
    for first in interesting where first >= 0xE0 {
      for second in interesting {
        for third in interesting where third >= 0x80 {
          check([first, second, third])
          check([first, second, third, 0x80, 0x41])
        }
      }
    }
  }

  @Test("A long reason is cut between characters to fit a control frame")
  func longReason() {
    let payload = WebSocketFrameWriter.closePayload(code: .normal, reason: String(repeating: "ü", count: 100))
    #expect(payload.readableBytes == 124)
    #expect(String(buffer: payload.getSlice(at: 2, length: 122) ?? ByteBuffer()) == String(repeating: "ü", count: 61))
    #expect(WebSocketFrameWriter.closePayload(code: .noStatus, reason: "x").readableBytes == 0)
  }
}
