import ClawJSON

/// Formats events as bytes, and splits them into writes.
struct FakeWire: Sendable {
  var lineEnd = "\n"
  var hasSpace = true
  var hasComments = false
  var isBytewise = false
  var splitsUTF8 = false

  /// One event as text.
  func frame(_ data: String, type: String?) -> String {
    let space = hasSpace ? " " : ""
    var text = hasComments ? ": still here\(lineEnd)\(lineEnd)x-unknown: 1\(lineEnd)" : ""
    if let type { text += "event:\(space)\(type)\(lineEnd)" }
    return text + "data:\(space)\(data)\(lineEnd)\(lineEnd)"
  }

  /// Splits a text into writes.
  func writes(_ text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    if isBytewise { return bytes.map { [$0] } }
    guard splitsUTF8 else { return [bytes] }
    var writes: [[UInt8]] = []
    var current: [UInt8] = []
    for byte in bytes {
      // Each continuation byte starts a new write.
      if byte & 0xC0 == 0x80 {
        writes.append(current)
        current = []
      }
      current.append(byte)
    }
    return current.isEmpty ? writes : writes + [current]
  }
}

/// A step of a reply.
enum FakeStep: Sendable {
  case write([UInt8])
  case wait(FakeGate)
  case pause(Duration)
  case close
}

/// Renders a reply in one of the dialects.
protocol FakeRendering {
  /// The events before the first piece.
  mutating func opening() -> [(type: String?, data: JSONValue)]
  /// The events of a piece.
  mutating func piece(_ piece: FakeReply.Piece) -> [(type: String?, data: JSONValue)]
  /// The events after the last piece, except the end marker.
  mutating func closing(_ reply: FakeReply) -> [(type: String?, data: JSONValue)]
  /// The end marker.
  var done: (type: String?, data: String) { get }
  func error(_ error: JSONValue) -> (type: String?, data: JSONValue)
  /// The complete answer as one object.
  func whole(_ reply: FakeReply) -> JSONValue
}

extension FakeReply {
  func steps(_ rendering: some FakeRendering) -> [FakeStep] {
    var rendering = rendering
    var steps: [FakeStep] = []
    func write(_ events: [(type: String?, data: JSONValue)]) {
      for event in events {
        steps += wire.writes(wire.frame(event.data.serializedString(), type: event.type)).map(FakeStep.write)
      }
    }
    write(rendering.opening())
    for index in 0...pieces.count {
      for (after, fault) in faults where after == index {
        switch fault {
        case .cut: return steps + [.close]
        case .endEarly: return steps
        case .stall(let gate): steps.append(.wait(gate))
        case .error(let object):
          write([rendering.error(object)])
          return steps
        }
      }
      guard index < pieces.count else { break }
      if pace > .zero { steps.append(.pause(pace)) }
      write(rendering.piece(pieces[index]))
    }
    write(rendering.closing(self))
    if sendsDone {
      let done = rendering.done
      steps += wire.writes(wire.frame(done.data, type: done.type)).map(FakeStep.write)
    }
    if let endGate { steps.append(.wait(endGate)) }
    if cutsAtEnd { steps.append(.close) }
    return steps
  }

  var finishReason: String {
    if let finish { return finish }
    let hasCalls = pieces.contains { if case .call = $0 { true } else { false } }
    return hasCalls ? "tool_calls" : "stop"
  }

  var wholeText: String {
    pieces.map { if case .text(let text) = $0 { text } else { "" } }.joined()
  }

  /// Two halves, split at a character boundary.
  static func halves(_ text: String) -> [String] {
    let middle = text.index(text.startIndex, offsetBy: text.count / 2)
    return [String(text[..<middle]), String(text[middle...])]
  }
}
