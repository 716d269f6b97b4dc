import ClawCore
import ClawStore

/// One step of a turn: loads the context window, from the cache if that matches the store, otherwise from the store.
struct LoadWindow: Sendable {
  let engine: EngineParts
  let writer: RunWriter
  let progress: RunProgress

  private var record: RunRecord { writer.record }

  /// - Parameter bounds: The window's bounds, if known: only the run that owns the session changes them.
  func callAsFunction(_ bounds: WindowBounds?) async throws -> (ContextWindow, WindowBounds?) {
    let (rows, bounds) = try await rows(bounds)
    let window = ContextWindow(
      rows: rows, run: record.id, messageSeq: record.messageSeq, maxRows: engine.configuration.historyMessages)
    guard let start = window.newStart else { return (window, bounds) }
    var step = RunStep()
    step.windowStart = start
    try await writer.write(step)
    engine.transcripts.trim(record.session, to: start)
    return (window, bounds.map { WindowBounds(start: max(start, $0.start), last: $0.last) })
  }

  private func rows(_ bounds: WindowBounds?) async throws -> ([TranscriptMessage], WindowBounds?) {
    if let bounds {
      let last = max(bounds.last, progress.lastMessage)
      if let rows = engine.transcripts.rows(of: record.session, from: bounds.start, holding: last) {
        return (rows, WindowBounds(start: bounds.start, last: last))
      }
    }
    let (record, transcripts, maxRows) = (record, engine.transcripts, engine.configuration.historyMessages)
    return try await engine.persistently {
      try await writer.database.read { transaction in
        guard let counters = try transaction.sessions.counters(of: record.address) else { return ([], nil) }
        let bounds = WindowBounds(start: counters.windowStartSeq, last: counters.lastMessageSeq)
        if let rows = transcripts.rows(of: record.session, from: bounds.start, to: bounds.last) {
          return (rows, bounds)
        }
        let rows = try ContextWindow.rows(of: record, from: bounds.start, in: transaction, maxRows: maxRows)
        if rows.first?.seq == bounds.start, rows.last?.seq == bounds.last { transcripts.put(rows, of: record.session) }
        return (rows, bounds)
      }
    }
  }
}
