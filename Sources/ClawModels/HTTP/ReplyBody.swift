import ClawCore
import ClawJSON
import NIOCore

/// Feeds a response body to a decoder: as an event stream or, if a server sends a plain object although a stream was
/// requested, as that. The first byte decides; the content type is often wrong.
struct ReplyBody<Decoder: ReplyDecoding>: Sendable {
  private enum Form {
    case unknown, events, whole
    /// An HTML page: something else is at that address.
    case page
  }

  /// Maximum size of a response that is not an answer.
  private static var strayLimit: Int { 16_384 }
  /// Keep-alive events, whatever data they carry.
  private static var idleTypes: [String] { ["ping", "keepalive", "keep-alive", "heartbeat"] }

  private(set) var decoder: Decoder
  private var form = Form.unknown
  private var events = SSEDecoder()
  private var whole: [UInt8] = []
  /// The beginning of a stream without events so far.
  private var beginning: [UInt8] = []
  private var hasEvents = false

  init(_ decoder: Decoder) {
    self.decoder = decoder
  }

  mutating func push(_ buffer: ByteBuffer) throws -> [ModelEvent] {
    if form == .unknown, let first = buffer.readableBytesView.first(where: { !Self.isWhiteSpace($0) }) {
      form =
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): .whole
        case UInt8(ascii: "<"): .page
        default: .events
        }
    }
    switch form {
    case .unknown:
      return []
    case .page:
      whole.append(contentsOf: buffer.readableBytesView)
      guard whole.count < Self.strayLimit else { throw strayPage }
      return []
    case .whole:
      guard whole.count + buffer.readableBytes <= events.eventLimit else {
        throw SSEOverflow(limit: events.eventLimit)
      }
      whole.append(contentsOf: buffer.readableBytesView)
      return []
    case .events:
      return try read(buffer)
    }
  }

  private mutating func read(_ buffer: ByteBuffer) throws -> [ModelEvent] {
    if !hasEvents, beginning.count < Self.strayLimit {
      beginning.append(contentsOf: buffer.readableBytesView.prefix(Self.strayLimit - beginning.count))
    }
    var pieces: [ModelEvent] = []
    for event in try buffer.withUnsafeReadableBytes({ try events.push($0) }) where !decoder.isDone {
      if !hasEvents {
        hasEvents = true
        beginning = []
      }
      guard !event.data.isBlank, !Self.idleTypes.contains(event.type) else { continue }
      pieces += try decoder.decode(event)
    }
    return pieces
  }

  mutating func finish() throws -> (rest: [ModelEvent], reply: ModelReply) {
    var rest: [ModelEvent] = []
    switch form {
    case .whole:
      guard let value = try? JSONValue(parsing: whole) else { throw ModelFailure(.cutStream) }
      rest = try decoder.decodeWhole(value)
    case .page: throw strayPage
    case .events:
      if let stray { throw stray }
    case .unknown: break
    }
    let (held, reply) = try decoder.finish()
    return (rest + held, reply)
  }

  private var strayPage: ModelFailure {
    let title = WebPage(whole)?.title ?? ""
    return ModelFailure(.malformed, detail: title.isEmpty ? "a web page came" : "a web page came: \(title)")
  }

  /// Text that is not an event stream: it is shown instead of reporting a truncated stream.
  private var stray: ModelFailure? {
    let fields = ["data", "event", "id", "retry", ":"]
    let first = beginning.drop(while: Self.isWhiteSpace)
    guard !hasEvents, !first.isEmpty, !fields.contains(where: { first.starts(with: $0.utf8) }) else { return nil }
    let evidence = ErrorEvidence(status: nil, body: beginning)
    return ModelFailure(
      .malformed, detail: evidence.message.isEmpty ? "binary data came" : evidence.message)
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}
