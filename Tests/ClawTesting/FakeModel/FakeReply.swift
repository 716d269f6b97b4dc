import ClawJSON

/// The server's answer, and its faults.
public struct FakeReply: Sendable {
  /// A piece of an answer; each is written and flushed separately.
  public enum Piece: Sendable, Hashable {
    case text(String)
    case thinking(String)
    /// Arguments as JSON text; they are streamed in two halves.
    case call(id: String, name: String, arguments: String)
    /// An object sent unchanged: the `delta` of a chunk, or a complete Anthropic event.
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

  /// A fault after a number of pieces; 0 is before the first.
  enum Fault: Sendable {
    /// The socket is closed.
    case cut
    /// The body ends regularly, but without marking the answer as complete.
    case endEarly
    /// Waits until the gate opens; then continues.
    case stall(FakeGate)
    /// An error object in the stream; then the body ends.
    case error(JSONValue)
  }

  var pieces: [Piece]
  var usage: Usage? = Usage()
  /// In the OpenAI dialect's terms: `stop`, `length`, `tool_calls`, `content_filter`. Nil: derived.
  var finish: String?
  var faults: [(after: Int, fault: Fault)] = []
  /// Other than 200: the body is `errorBody`, and no piece is sent. The same for 200 with an `errorBody`.
  var status = 200
  var errorBody = ""
  /// Sent instead of `errorBody`, for example compressed data.
  var bytes: [UInt8] = []
  var headers: [(String, String)] = []
  /// Holds back even the head.
  var headGate: FakeGate?
  var wire = FakeWire()
  var isPlain = false
  var sendsDone = true
  /// Whether to close the socket after the last piece, instead of ending the body.
  var cutsAtEnd = false
  /// Holds back the end of the body after the last piece.
  var endGate: FakeGate?
  /// Pause before each piece.
  var pace: Duration = .zero

  public init(_ pieces: [Piece] = []) {
    self.pieces = pieces
  }

  /// One text, split into words.
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

  /// Tool calls without text.
  public static func call(_ name: String, _ arguments: JSONValue = [:], id: String = "call_1") -> FakeReply {
    FakeReply([.call(id: id, name: name, arguments: arguments.serializedString())])
  }

  /// A status with a body sent unchanged; with 200 it is the complete stream.
  public static func status(_ status: Int, body: String = "", headers: [(String, String)] = []) -> FakeReply {
    var reply = FakeReply()
    reply.status = status
    reply.errorBody = body
    reply.headers = headers
    return reply
  }

  /// The same with arbitrary bytes, such as compressed ones.
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
  /// Closes the socket after this many pieces.
  public func cut(after count: Int) -> FakeReply { with { $0.faults.append((count, .cut)) } }
  /// Ends the body after this many pieces, as if complete.
  public func endingEarly(after count: Int) -> FakeReply { with { $0.faults.append((count, .endEarly)) } }
  /// Stalls after this many pieces until the gate opens.
  public func stalling(after count: Int, _ gate: FakeGate) -> FakeReply {
    with { $0.faults.append((count, .stall(gate))) }
  }
  /// Holds back even the head until the gate opens.
  public func held(by gate: FakeGate) -> FakeReply { with { $0.headGate = gate } }
  /// Sends an error object after this many pieces.
  public func failing(after count: Int, _ error: JSONValue) -> FakeReply {
    with { $0.faults.append((count, .error(error))) }
  }
  /// A plain JSON body, although a stream was requested.
  public func plain() -> FakeReply { with { $0.isPlain = true } }
  /// No `[DONE]` (or `message_stop`) at the end.
  public func withoutDone() -> FakeReply { with { $0.sendsDone = false } }
  /// Sends the finish reason, and closes the socket without ending the body.
  public func cutAtEnd() -> FakeReply {
    with {
      $0.sendsDone = false
      $0.cutsAtEnd = true
    }
  }
  /// Sends everything, and leaves the body open until the gate opens.
  public func lingering(_ gate: FakeGate) -> FakeReply { with { $0.endGate = gate } }
  /// Waits before each piece, like a real model.
  public func paced(_ pace: Duration) -> FakeReply { with { $0.pace = pace } }
  public func bytewise() -> FakeReply { with { $0.wire.isBytewise = true } }
  public func withCRLF() -> FakeReply { with { $0.wire.lineEnd = "\r\n" } }
  public func withCR() -> FakeReply { with { $0.wire.lineEnd = "\r" } }
  public func withoutSpaces() -> FakeReply { with { $0.wire.hasSpace = false } }
  /// Comments before each event, and an unknown field.
  public func withComments() -> FakeReply { with { $0.wire.hasComments = true } }
  /// Splits writes inside each multi-byte character.
  public func splittingUTF8() -> FakeReply { with { $0.wire.splitsUTF8 = true } }
}
