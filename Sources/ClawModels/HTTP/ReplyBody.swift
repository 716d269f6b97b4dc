import ClawCore
import ClawJSON
import NIOCore

/// Feeds the bytes of a body to a decoder: as a stream of events or, where a server answers a plain object though a
/// stream was asked for, as that. Which one is told by the first byte; the content type is often wrong.
struct ReplyBody<Decoder: ReplyDecoding>: Sendable {
  private enum Form {
    case unknown, events, whole
  }

  private(set) var decoder: Decoder
  private var form = Form.unknown
  private var events = SSEDecoder()
  private var whole: [UInt8] = []

  init(_ decoder: Decoder) {
    self.decoder = decoder
  }

  mutating func push(_ buffer: ByteBuffer) throws -> [ModelEvent] {
    if form == .unknown, let first = buffer.readableBytesView.first(where: { !Self.isWhiteSpace($0) }) {
      form = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .whole : .events
    }
    switch form {
    case .unknown:
      return []
    case .whole:
      guard whole.count + buffer.readableBytes <= events.eventLimit else {
        throw SSEOverflow(limit: events.eventLimit)
      }
      whole.append(contentsOf: buffer.readableBytesView)
      return []
    case .events:
      var pieces: [ModelEvent] = []
      for event in try buffer.withUnsafeReadableBytes({ try events.push($0) }) where !decoder.isDone {
        pieces += try decoder.decode(event)
      }
      return pieces
    }
  }

  mutating func finish() throws -> (rest: [ModelEvent], reply: ModelReply) {
    var rest: [ModelEvent] = []
    if form == .whole {
      guard let value = try? JSONValue(parsing: whole) else { throw ModelFailure(.cutStream) }
      rest = try decoder.decodeWhole(value)
    }
    let (held, reply) = try decoder.finish()
    return (rest + held, reply)
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}
