/// Decodes a `text/event-stream` from bytes split anywhere, even inside a scalar or a line end.
///
/// Lines have no length limit of their own; an event has one, so that a broken server can't exhaust the memory. Each
/// byte is examined once: the cost is linear however the stream is split.
struct SSEDecoder: Sendable {
  /// Maximum size of an event in bytes (the current line and the data so far).
  let eventLimit: Int
  /// The last `retry` field, in milliseconds.
  private(set) var retryMilliseconds: Int?

  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var type = ""
  private var lastID = ""
  private var skipsLineFeed = false
  /// How many bytes of a leading byte order mark have matched; nil after the beginning.
  private var markMatched: Int? = 0

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(eventLimit: Int = 64 * 1024 * 1024) {
    self.eventLimit = eventLimit
  }

  /// Consumes bytes and returns the completed events. An incomplete event at the end of the stream is discarded, as the
  /// specification requires.
  /// - Throws: ``SSEOverflow`` if an event exceeds `eventLimit`; the decoder is unusable afterwards.
  mutating func push(_ bytes: UnsafeRawBufferPointer) throws(SSEOverflow) -> [SSEEvent] {
    var events: [SSEEvent] = []
    var rest = bytes[...]
    skipMark(&rest)
    while !rest.isEmpty {
      if skipsLineFeed {
        skipsLineFeed = false
        if rest.first == Self.lineFeed {
          rest = rest.dropFirst()
          continue
        }
      }
      guard let end = rest.firstIndex(where: { $0 == Self.lineFeed || $0 == Self.carriageReturn }) else {
        try keep(rest)
        break
      }
      try keep(rest[rest.startIndex..<end])
      skipsLineFeed = rest[end] == Self.carriageReturn
      rest = rest[(end + 1)...]
      if let event = endLine() { events.append(event) }
    }
    return events
  }

  /// The same for an array.
  mutating func push(_ bytes: [UInt8]) throws(SSEOverflow) -> [SSEEvent] {
    var outcome: Result<[SSEEvent], SSEOverflow> = .success([])
    bytes.withUnsafeBytes { raw in
      do throws(SSEOverflow) {
        outcome = .success(try push(raw))
      } catch {
        outcome = .failure(error)
      }
    }
    return try outcome.get()
  }

  private mutating func skipMark(_ rest: inout Slice<UnsafeRawBufferPointer>) {
    while let matched = markMatched, let byte = rest.first {
      if byte == Self.mark[matched] {
        rest = rest.dropFirst()
        markMatched = matched + 1 == Self.mark.count ? nil : matched + 1
      } else {
        line.append(contentsOf: Self.mark[..<matched])
        markMatched = nil
      }
    }
  }

  private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) throws(SSEOverflow) {
    guard line.count + data.count + bytes.count <= eventLimit else { throw SSEOverflow(limit: eventLimit) }
    line.append(contentsOf: bytes)
  }

  /// Processes a complete line: an empty one ends the event, any other is a field or a comment.
  private mutating func endLine() -> SSEEvent? {
    defer { line.removeAll(keepingCapacity: line.capacity <= 65_536) }
    guard let first = line.first else { return dispatch() }
    guard first != UInt8(ascii: ":") else { return nil }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    let name = line[..<(colon ?? line.endIndex)]
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    setField(name, value)
    return nil
  }

  private mutating func setField(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
    if name.elementsEqual("data".utf8) {
      if hasData { data.append(Self.lineFeed) }
      data.append(contentsOf: value)
      hasData = true
    } else if name.elementsEqual("event".utf8) {
      type = String(decoding: value, as: UTF8.self)
    } else if name.elementsEqual("id".utf8) {
      if !value.contains(0) { lastID = String(decoding: value, as: UTF8.self) }
    } else if name.elementsEqual("retry".utf8) {
      let isNumber = !value.isEmpty && value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      if isNumber, let number = Int(String(decoding: value, as: UTF8.self)) { retryMilliseconds = number }
    }
  }

  private mutating func dispatch() -> SSEEvent? {
    defer {
      data.removeAll(keepingCapacity: data.capacity <= 65_536)
      hasData = false
      type = ""
    }
    guard hasData else { return nil }
    return SSEEvent(
      type: type.isEmpty ? "message" : type, data: String(decoding: data, as: UTF8.self), lastID: lastID)
  }
}
