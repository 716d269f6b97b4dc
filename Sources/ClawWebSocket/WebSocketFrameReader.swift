import NIOCore

/// A protocol violation: the code for the close frame and a short reason.
struct WebSocketViolation: Error, Hashable {
  var code: WebSocketCloseCode
  var reason: String

  static func protocolError(_ reason: String) -> Self { Self(code: .protocolError, reason: reason) }
}

/// Parses the bytes of one direction into messages and control frames (RFC 6455 section 5), without I/O.
///
/// It fails as early as it can: at an invalid header byte, at the first byte of text that is not UTF-8, at a length
/// before any payload is stored. Memory is bounded by `maxMessageBytes` plus one control frame, and is allocated as
/// bytes arrive, not as a header announces them.
struct WebSocketFrameReader {
  enum Event: Hashable {
    case message(WebSocketMessage)
    case ping(ByteBuffer)
    case pong
    /// The peer's close frame; no code if it had none.
    case close(code: WebSocketCloseCode?, reason: String)
    /// A protocol violation; `next` must not be called again.
    case violation(WebSocketViolation)
  }

  private enum Stage {
    case start
    case length
    case extendedLength(missing: Int)
    case mask(missing: Int)
    case payload
  }

  let expectsMask: Bool
  let acceptsBinary: Bool

  private var stage = Stage.start
  private var type = WebSocketFrameType.continuation
  private var isFinal = false
  private var length: UInt64 = 0
  private var key: UInt32 = 0
  /// Payload bytes of this frame read so far.
  private var taken = 0
  /// The type of the message being reassembled, nil between messages.
  private var messageType: WebSocketFrameType?
  private var message = ByteBuffer()
  private var control = ByteBuffer()
  private var text = UTF8Validator()

  /// - Parameter expectsMask: true on a server, where every frame must be masked; false on a client, where none may be.
  init(expectsMask: Bool, acceptsBinary: Bool) {
    self.expectsMask = expectsMask
    self.acceptsBinary = acceptsBinary
  }

  /// Consumes bytes from `input` up to the next event; nil if it needs more.
  mutating func next(_ input: inout ByteBuffer, maxMessageBytes: Int) -> Event? {
    do throws(WebSocketViolation) {
      while true {
        if case .payload = stage {
          try readPayload(&input)
          guard UInt64(taken) == length else { return nil }
          stage = .start
          if let event = try finishFrame() { return event }
        } else {
          guard let byte = input.readInteger(as: UInt8.self) else { return nil }
          try readHeader(byte, maxMessageBytes: maxMessageBytes)
        }
      }
    } catch {
      return .violation(error)
    }
  }

  // MARK: - Header

  private mutating func readHeader(_ byte: UInt8, maxMessageBytes: Int) throws(WebSocketViolation) {
    switch stage {
    case .start:
      try readFirst(byte)
      stage = .length
    case .length:
      try readLength(byte, maxMessageBytes: maxMessageBytes)
    case .extendedLength(let missing):
      length = length << 8 | UInt64(byte)
      if missing > 1 {
        stage = .extendedLength(missing: missing - 1)
      } else {
        try lengthKnown(maxMessageBytes: maxMessageBytes)
      }
    case .mask(let missing):
      key = key >> 8 | UInt32(byte) << 24
      stage = missing > 1 ? .mask(missing: missing - 1) : .payload
    case .payload:
      break
    }
  }

  private mutating func readFirst(_ byte: UInt8) throws(WebSocketViolation) {
    guard byte & 0x70 == 0 else { throw .protocolError("reserved bit set") }
    guard let type = WebSocketFrameType(rawValue: byte & 0x0F) else { throw .protocolError("unknown opcode") }
    isFinal = byte & 0x80 != 0
    self.type = type
    length = 0
    key = 0
    taken = 0
    if type.isControl {
      guard isFinal else { throw .protocolError("fragmented control frame") }
    } else if type == .continuation {
      guard messageType != nil else { throw .protocolError("continuation of nothing") }
    } else {
      guard messageType == nil else { throw .protocolError("new message inside a fragmented one") }
      guard type == .text || acceptsBinary else {
        throw WebSocketViolation(code: .unsupportedData, reason: "only text messages are accepted")
      }
      messageType = type
    }
  }

  private mutating func readLength(_ byte: UInt8, maxMessageBytes: Int) throws(WebSocketViolation) {
    guard (byte & 0x80 != 0) == expectsMask else {
      throw .protocolError(expectsMask ? "frame is not masked" : "frame is masked")
    }
    let short = byte & 0x7F
    guard !type.isControl || short < 126 else { throw .protocolError("control frame longer than 125 bytes") }
    switch short {
    case 126: stage = .extendedLength(missing: 2)
    case 127: stage = .extendedLength(missing: 8)
    default:
      length = UInt64(short)
      try lengthKnown(maxMessageBytes: maxMessageBytes)
    }
  }

  private mutating func lengthKnown(maxMessageBytes: Int) throws(WebSocketViolation) {
    guard length >> 63 == 0 else { throw .protocolError("length out of range") }
    if !type.isControl {
      let room = max(0, maxMessageBytes - message.readableBytes)
      guard length <= UInt64(room) else {
        throw WebSocketViolation(code: .messageTooBig, reason: "message larger than \(maxMessageBytes) bytes")
      }
    }
    stage = expectsMask ? .mask(missing: 4) : .payload
  }

  // MARK: - Payload

  private mutating func readPayload(_ input: inout ByteBuffer) throws(WebSocketViolation) {
    let missing = Int(length) - taken
    let count = min(missing, input.readableBytes)
    guard count > 0 else { return }
    var isValid = true
    if type.isControl {
      Self.append(count, from: input, to: &control, key: key, offset: taken, hint: missing) { _ in }
    } else {
      // A copy of the small validator, because the closure can't access self while `message` is being modified.
      var validator = text
      let isText = messageType == .text
      Self.append(count, from: input, to: &message, key: key, offset: taken, hint: missing) { bytes in
        if isText { isValid = validator.append(bytes) }
      }
      text = validator
    }
    input.moveReaderIndex(forwardBy: count)
    taken += count
    guard isValid else { throw Self.notUTF8 }
  }

  private static let notUTF8 = WebSocketViolation(code: .invalidPayload, reason: "text is not UTF-8")

  /// Unmasks the next `count` bytes of `input`, appends them to `target` and passes them to `check`.
  private static func append(
    _ count: Int, from input: ByteBuffer, to target: inout ByteBuffer, key: UInt32, offset: Int, hint: Int,
    check: (UnsafeRawBufferPointer) -> Void
  ) {
    // Reserves at most 16 KiB before the bytes arrive.
    target.reserveCapacity(minimumWritableBytes: max(count, min(hint, 16 * 1024)))
    target.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { free in
      input.withUnsafeReadableBytes { bytes in
        let source = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        WebSocketMask.copy(source, to: free, key: key, offset: offset)
        check(UnsafeRawBufferPointer(rebasing: free[..<count]))
      }
      return count
    }
  }

  private mutating func finishFrame() throws(WebSocketViolation) -> Event? {
    if type.isControl {
      let payload = control
      control = ByteBuffer()
      return try controlEvent(payload)
    }
    guard isFinal else { return nil }
    guard messageType != .text || text.isComplete else { throw Self.notUTF8 }
    let payload = message
    let isText = messageType == .text
    message = ByteBuffer()
    messageType = nil
    text = UTF8Validator()
    return .message(isText ? .text(payload) : .binary(payload))
  }

  private func controlEvent(_ payload: ByteBuffer) throws(WebSocketViolation) -> Event {
    switch type {
    case .ping: return .ping(payload)
    case .pong: return .pong
    default: return try closeEvent(payload)
    }
  }

  private func closeEvent(_ payload: ByteBuffer) throws(WebSocketViolation) -> Event {
    var payload = payload
    guard payload.readableBytes > 0 else { return .close(code: nil, reason: "") }
    guard let raw = payload.readInteger(as: UInt16.self) else { throw .protocolError("close frame of one byte") }
    let code = WebSocketCloseCode(rawValue: raw)
    guard code.isValidOnWire else { throw .protocolError("close code that may not be sent") }
    var validator = UTF8Validator()
    guard payload.withUnsafeReadableBytes({ validator.append($0) }), validator.isComplete else {
      throw Self.notUTF8
    }
    return .close(code: code, reason: String(buffer: payload))
  }
}
