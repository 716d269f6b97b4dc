import ClawClient
import ClawProtocol

/// Watches the events of a connection for the one run that was asked for, and shows that one.
actor RunView {
  /// How a run ended, or why nobody will learn it here.
  enum End: Sendable {
    case completed
    case failed(RunFailedPayload.Failure)
    case lost(ClientError)
  }

  private enum Phase {
    /// Events of others' runs are passed over.
    case idle
    /// The run has no number yet, but its events may be here before the answer that says it.
    case starting
    case running(String)
  }

  private let printer: ChatPrinter
  private var phase = Phase.idle
  /// Events of the time of starting, which is one round trip. At most `maxEarly`; the newest are kept.
  private var early: [ServerEvent] = []
  private static let maxEarly = 4096
  private var ending: AsyncStream<End>.Continuation?
  private var loss: ClientError?

  init(printer: ChatPrinter) {
    self.printer = printer
  }

  /// A run is about to be asked for; the stream gives its one end.
  func begin() -> AsyncStream<End> {
    let (ends, continuation) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(1))
    if let loss { continuation.yield(.lost(loss)) }
    ending = continuation
    phase = .starting
    return ends
  }

  /// This is the one.
  func follow(_ run: String) {
    phase = .running(run)
    let waiting = early
    early = []
    for event in waiting { take(event) }
  }

  /// No run any more.
  func end() {
    phase = .idle
    early = []
    ending = nil
  }

  /// Takes all events there are, until the connection ends.
  func watch(_ events: ServerEvents) async {
    do {
      for try await event in events { take(event) }
    } catch {
      loss = error
      ending?.yield(.lost(error))
    }
  }

  private func take(_ event: ServerEvent) {
    guard let run = event.runID else { return printer.show(event) }
    switch phase {
    case .idle: break
    case .starting:
      if early.count == Self.maxEarly { early.removeFirst(Self.maxEarly / 2) }
      early.append(event)
    case .running(run):
      printer.show(event)
      switch event.content {
      case .runCompleted: ending?.yield(.completed)
      case .runFailed(let payload): ending?.yield(.failed(payload.error))
      default: break
      }
    case .running: break
    }
  }
}
