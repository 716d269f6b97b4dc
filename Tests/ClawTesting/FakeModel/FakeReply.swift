import ClawJSON

/// What the server answers, and how it misbehaves while doing so.
public struct FakeReply: Sendable {
  /// A piece of an answer; each is written and flushed on its own.
  public enum Piece: Sendable, Hashable {
    case text(String)
    case thinking(String)
    /// Arguments as JSON text; they are streamed in two halves.
    case call(id: String, name: String, arguments: String)
    /// An object put into the stream as it is: the `delta` of a chunk, or a whole Anthropic event.
    case raw(JSONValue)
  }

  /// Token counts to report.
  public struct Usage: Sendable, Hashable {
    public var input: Int
    public var output: Int
    public var cached: Int

    public init(input: Int = 11, output: Int = 7, cached: Int = 0) {
      self.input = input
      self.output = output
      self.cached = cached
    }
  }

  /// What happens after some pieces; the count is of pieces, 0 is before the first.
  enum Fault: Sendable {
    /// The socket is closed.
    case cut
    /// The body ends properly, but nothing says that the answer is complete.
    case endEarly
    /// Nothing more until the gate opens; then it goes on.
    case stall(FakeGate)
    /// An error object in the stream; then the body ends.
    case error(JSONValue)
  }

  var pieces: [Piece]
  var usage: Usage? = Usage()
  /// In the words of the OpenAI dialect: `stop`, `length`, `tool_calls`, `content_filter`. Nil: derived.
  var finish: String?
  var faults: [(after: Int, fault: Fault)] = []
  /// Other than 200: the body is `errorBody`, and no piece is sent. The same goes for 200 with an `errorBody`.
  var status = 200
  var errorBody = ""
  /// Sent instead of `errorBody`, such as what is compressed.
  var bytes: [UInt8] = []
  var headers: [(String, String)] = []
  /// Held before even the head is sent.
  var headGate: FakeGate?
  var wire = FakeWire()
  var isPlain = false
  var sendsDone = true
  /// Whether the socket is closed after everything was said, instead of the body being ended.
  var cutsAtEnd = false
  /// Held after everything was said, before the body ends.
  var endGate: FakeGate?
  /// Pause before each piece.
  var pace: Duration = .zero

  public init(_ pieces: [Piece] = []) {
    self.pieces = pieces
  }

  /// One text, cut into words.
  public static func text(_ text: String) -> FakeReply {
    var words: [String] = []
    var word = ""
    for character in text {
      word.append(character)
      if character == " " {
        words.append(word)
        word = ""
      }
    }
    return FakeReply((word.isEmpty ? words : words + [word]).map(Piece.text))
  }

  /// Calls of tools, with nothing said.
  public static func call(_ name: String, _ arguments: JSONValue = [:], id: String = "call_1") -> FakeReply {
    FakeReply([.call(id: id, name: name, arguments: arguments.serializedString())])
  }

  /// A status with a body that is sent as it is; with 200 it stands for the whole stream.
  public static func status(_ status: Int, body: String = "", headers: [(String, String)] = []) -> FakeReply {
    var reply = FakeReply()
    reply.status = status
    reply.errorBody = body
    reply.headers = headers
    return reply
  }

  /// The same for a body of any bytes, such as a compressed one.
  public static func bytes(
    _ bytes: [UInt8], status: Int = 200, headers: [(String, String)] = []
  ) -> FakeReply {
    var reply = FakeReply()
    (reply.status, reply.bytes, reply.headers) = (status, bytes, headers)
    return reply
  }

  /// 429 in the vendor's form, with `Retry-After` if given.
  public static func rateLimited(retryAfter: String? = nil) -> FakeReply {
    status(
      429, body: #"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
      headers: retryAfter.map { [("retry-after", $0)] } ?? [])
  }
}

extension FakeReply {
  private func with(_ change: (inout FakeReply) -> Void) -> FakeReply {
    var copy = self
    change(&copy)
    return copy
  }

  public func usage(_ usage: Usage?) -> FakeReply { with { $0.usage = usage } }
  public func withoutUsage() -> FakeReply { usage(nil) }
  public func finishing(_ reason: String) -> FakeReply { with { $0.finish = reason } }
  /// The socket is closed after so many pieces.
  public func cut(after count: Int) -> FakeReply { with { $0.faults.append((count, .cut)) } }
  /// The body ends after so many pieces, as if that were all.
  public func endingEarly(after count: Int) -> FakeReply { with { $0.faults.append((count, .endEarly)) } }
  /// Silent after so many pieces until the gate opens.
  public func stalling(after count: Int, _ gate: FakeGate) -> FakeReply {
    with { $0.faults.append((count, .stall(gate))) }
  }
  /// Sends not even the head until the gate opens.
  public func held(by gate: FakeGate) -> FakeReply { with { $0.headGate = gate } }
  /// An error object in the stream after so many pieces.
  public func failing(after count: Int, _ error: JSONValue) -> FakeReply {
    with { $0.faults.append((count, .error(error))) }
  }
  /// A plain JSON body, though a stream was asked for.
  public func plain() -> FakeReply { with { $0.isPlain = true } }
  /// No `[DONE]` (or `message_stop`) at the end.
  public func withoutDone() -> FakeReply { with { $0.sendsDone = false } }
  /// Says how the answer ended, and closes the socket without ending the body.
  public func cutAtEnd() -> FakeReply {
    with {
      $0.sendsDone = false
      $0.cutsAtEnd = true
    }
  }
  /// Says everything, and leaves the body open until the gate opens.
  public func lingering(_ gate: FakeGate) -> FakeReply { with { $0.endGate = gate } }
  /// Waits so long before each piece, so that an answer takes its time as a real one does.
  public func paced(_ pace: Duration) -> FakeReply { with { $0.pace = pace } }
  public func bytewise() -> FakeReply { with { $0.wire.isBytewise = true } }
  public func withCRLF() -> FakeReply { with { $0.wire.lineEnd = "\r\n" } }
  public func withCR() -> FakeReply { with { $0.wire.lineEnd = "\r" } }
  public func withoutSpaces() -> FakeReply { with { $0.wire.hasSpace = false } }
  /// Comments before each event, and an unknown field.
  public func withComments() -> FakeReply { with { $0.wire.hasComments = true } }
  /// Writes are cut inside each multi-byte character.
  public func splittingUTF8() -> FakeReply { with { $0.wire.splitsUTF8 = true } }
}
