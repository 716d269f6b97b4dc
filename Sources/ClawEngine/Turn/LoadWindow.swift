import ClawCore
import ClawStore

/// One step of a turn: what a model is shown of the past, from memory if that is the store's state, else from the
/// store.
struct LoadWindow: Sendable {
  let engine: EngineParts
  let writer: RunWriter
  let progress: RunProgress

  private var record: RunRecord { writer.record }

  /// - Parameter place: Where the window is, if that is known: nobody but the run that holds the session changes it.
  func callAsFunction(_ place: WindowPlace?) async throws -> (ContextWindow, WindowPlace?) {
    let (rows, place) = try await rows(place)
    let window = ContextWindow(
      rows: rows, run: record.id, messageSeq: record.messageSeq, maxRows: engine.configuration.historyMessages)
    guard let start = window.newStart else { return (window, place) }
    let (record, transcripts) = (record, engine.transcripts)
    try await writer.write(RunStep()) { transaction in
      try transaction.sessions.moveWindow(of: record.session, to: start)
      transaction.afterCommit { transcripts.trim(record.session, to: start) }
    }
    return (window, place.map { WindowPlace(start: max(start, $0.start), last: $0.last) })
  }

  private func rows(_ place: WindowPlace?) async throws -> ([TranscriptMessage], WindowPlace?) {
    if let place {
      let last = max(place.last, progress.lastMessage)
      if let rows = engine.transcripts.rows(of: record.session, from: place.start, holding: last) {
        return (rows, WindowPlace(start: place.start, last: last))
      }
    }
    let (record, transcripts, maxRows) = (record, engine.transcripts, engine.configuration.historyMessages)
    return try await engine.persistently {
      try await writer.database.read { transaction in
        guard let counters = try transaction.sessions.counters(of: record.address) else { return ([], nil) }
        let place = WindowPlace(start: counters.windowStartSeq, last: counters.lastMessageSeq)
        if let rows = transcripts.rows(of: record.session, from: place.start, to: place.last) { return (rows, place) }
        let rows = try ContextWindow.rows(of: record, from: place.start, in: transaction, maxRows: maxRows)
        if rows.first?.seq == place.start, rows.last?.seq == place.last { transcripts.put(rows, of: record.session) }
        return (rows, place)
      }
    }
  }
}
