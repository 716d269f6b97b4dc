import ClawJSON
import Synchronization

/// A conversation of two rounds with a tool call between them, whose model can be stopped between all events: each
/// piece of text becomes an event of its own, and a test decides when the next one is sent.
///
/// The events of a run: 1 `run.started`, 2 and 3 `chunk`, 4 `tool.call`, 5 `tool.result`, 6 to 8 `chunk`, 9
/// `run.completed`.
public final class SteppedTalk: Sendable {
  public static let eventCount = 9
  public static let names = [
    "run.started", "chunk", "chunk", "tool.call", "tool.result", "chunk", "chunk", "chunk", "run.completed",
  ]
  public static let answer = "It is 84."

  public let models: FakeModelServer
  private let gates = Mutex<[String: [FakeGate]]>([:])

  private init(_ models: FakeModelServer) {
    self.models = models
  }

  public static func start() async throws -> SteppedTalk {
    let talk = SteppedTalk(try await .start())
    talk.models.respond { [weak talk] in talk?.reply(to: $0) ?? .text("nobody is there") }
    return talk
  }

  /// Open it after seeing this event of the run, to get the next one.
  public func gate(after event: Int, of message: String) -> FakeGate {
    gates.withLock { gates in
      let own = gates[message] ?? (0...Self.eventCount).map { _ in FakeGate() }
      gates[message] = own
      return own[event]
    }
  }

  public func openAll(of message: String) {
    for event in 0...Self.eventCount { gate(after: event, of: message).open() }
  }

  private func reply(to request: FakeRequest) -> FakeReply {
    let message = request.lastUserText
    func gate(_ event: Int) -> FakeGate { self.gate(after: event, of: message) }
    if request.lastToolResults.isEmpty {
      return FakeReply([
        .text("Let me "), .text("see."), .call(id: "call_1", name: "calculator", arguments: #"{"expression":"12*7"}"#),
      ])
      .stalling(after: 0, gate(1)).stalling(after: 1, gate(2)).stalling(after: 2, gate(3))
    }
    return FakeReply([.text("It "), .text("is "), .text("84.")])
      .stalling(after: 0, gate(5)).stalling(after: 1, gate(6)).stalling(after: 2, gate(7)).stalling(after: 3, gate(8))
  }
}

extension WireConnection {
  /// Reads the events of one session up to the number `last`, opening the gates.
  public func read(_ talk: SteppedTalk, _ message: String, after first: Int = 0, through last: Int) async throws
    -> [JSONValue]
  {
    var events: [JSONValue] = []
    guard first < last else { return events }
    talk.gate(after: first, of: message).open()
    for number in first + 1...last {
      events.append(try await event())
      if number < last { talk.gate(after: number, of: message).open() }
    }
    return events
  }
}
