import ClawCore
import Synchronization

/// A watcher that records all events.
final class Watcher: RunEventWatcher {
  let events = Inbox<RunEvent>()
  /// Delivered but not flushed events.
  private let held = Mutex<[RunEvent]>([])

  func deliver(_ event: ShownEvent, isLast: Bool) {
    held.withLock { $0.append(event.event) }
    if isLast { flush() }
  }

  func flush() {
    held.withLock { held in
      held.forEach { events.put($0) }
      held = []
    }
  }

  func deliverPaced(_ events: [RunEvent]) async -> Bool {
    events.forEach { self.events.put($0) }
    return true
  }

  var seqs: [Int64] { events.all.map(\.seq) }
  var bodies: [RunEvent.Body] { events.all.map(\.body) }

  /// Waits for the end of that many runs.
  @discardableResult
  func ends(_ count: Int) async -> [RunEvent] {
    await events.wait { events in events.count { $0.body.isTerminal } >= count }
  }
}

extension RunEvent.Body {
  var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The kind, for comparing sequences.
  var kind: String {
    switch self {
    case .started(_, _, _, let attempt): "started \(attempt)"
    case .text: "text"
    case .thinking: "thinking"
    case .toolCall: "call"
    case .toolResult: "result"
    case .waiting: "waiting"
    case .resumed: "resumed"
    case .completed: "completed"
    case .failed(let failure): "failed \(failure.code)"
    case .unknown(let type, _): "unknown \(type)"
    }
  }
}

extension Sequence<RunEvent> {
  var kinds: [String] {
    // Text may be split into any number of pieces.
    reduce(into: []) { kinds, event in
      let kind = event.body.kind
      if kind != "text" || kinds.last != kind { kinds.append(kind) }
    }
  }

  var text: String { compactMap(\.body.text).joined() }
}
