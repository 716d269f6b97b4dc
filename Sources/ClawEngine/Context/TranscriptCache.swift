import ClawCore
import ClawStore
import Synchronization

/// The newer rows of recently answered sessions, so that a turn need not read and decode its whole history again. Rows
/// are used only if they match the store's current state: the caller passes the transcript's last row and the window's
/// start.
final class TranscriptCache: Sendable {
  /// Limit of bytes of text in all; ``maxEntryBytes`` limits one session's.
  fileprivate static let maxBytes = 8 * 1024 * 1024
  fileprivate static let maxEntryBytes = 512 * 1024
  fileprivate static let maxEntries = 1024

  fileprivate struct Entry {
    /// All rows of the session from its first cached one on.
    var rows: [TranscriptMessage]
    var bytes: Int
    var lastUse: UInt64

    var last: Int64 { rows.last?.seq ?? 0 }
  }

  fileprivate struct State {
    var entries: [SessionID: Entry] = [:]
    var bytes = 0
    var uses: UInt64 = 0
  }

  private let state = Mutex(State())

  /// The cached rows from `start` to `last`, both included; nil if any is missing.
  func rows(of session: SessionID, from start: Int64, to last: Int64) -> [TranscriptMessage]? {
    state.withLock { state in
      guard let entry = state.entries[session], let first = entry.rows.first?.seq, first <= start || start > last,
        entry.last == last
      else { return nil }
      state.uses += 1
      state.entries[session]?.lastUse = state.uses
      return first == start ? entry.rows : Array(entry.rows[Self.index(of: start, in: entry.rows)...])
    }
  }

  /// Cached rows up to at least `seq`. Only for the run that owns the session: other nodes may have appended since.
  func rows(of session: SessionID, from start: Int64, holding seq: Int64) -> [TranscriptMessage]? {
    guard let last = state.withLock({ $0.entries[session]?.last }), last >= seq else { return nil }
    return rows(of: session, from: start, to: last)
  }

  /// Adds rows that were just committed; called in commit order.
  /// - Parameter isWhole: Whether the session has no rows before them.
  func append(_ rows: [TranscriptMessage], to session: SessionID, isWhole: Bool = false) {
    guard let first = rows.first else { return }
    state.withLock { state in
      if isWhole { return state.put(Entry(rows: rows, bytes: Self.size(of: rows), lastUse: 0), session) }
      guard var entry = state.entries[session] else { return }
      guard entry.last + 1 == first.seq else { return state.remove(session) }
      // Removed while it grows, so that its rows are not copied.
      state.entries[session] = nil
      state.bytes -= entry.bytes
      entry.rows += rows
      entry.bytes += Self.size(of: rows)
      state.put(entry, session)
    }
  }

  /// Caches all rows from the window's start to the last one, as they were read.
  func put(_ rows: [TranscriptMessage], of session: SessionID) {
    guard let first = rows.first, let last = rows.last, last.seq - first.seq + 1 == rows.count else { return }
    state.withLock { state in
      // Rows committed since the read are newer.
      if let entry = state.entries[session], entry.last >= last.seq { return }
      state.put(Entry(rows: rows, bytes: Self.size(of: rows), lastUse: 0), session)
    }
  }

  /// Moves the start of the window.
  func trim(_ session: SessionID, to start: Int64) {
    state.withLock { state in
      guard let entry = state.entries[session] else { return }
      let rows = Array(entry.rows[Self.index(of: start, in: entry.rows)...])
      state.remove(session)
      if !rows.isEmpty { state.put(Entry(rows: rows, bytes: Self.size(of: rows), lastUse: 0), session) }
    }
  }

  func remove(_ session: SessionID) {
    state.withLock { $0.remove(session) }
  }

  private static func index(of seq: Int64, in rows: [TranscriptMessage]) -> Int {
    guard let first = rows.first?.seq, seq > first else { return 0 }
    return min(Int(seq - first), rows.count)
  }

  private static func size(of parts: [ContentPart]) -> Int {
    parts.reduce(0) { sum, part in
      switch part {
      case .text(let text): sum + text.utf8.count
      case .image(let url): sum + url.utf8.count
      case .media: sum + 256
      }
    }
  }

  /// Approximate memory of rows.
  private static func size(of rows: [TranscriptMessage]) -> Int {
    rows.reduce(0) { sum, row in
      switch row.body {
      case .user(let message): sum + 128 + size(of: message.parts)
      case .assistant(let message):
        sum + 256 + message.text.utf8.count
          + message.calls.reduce(0) { $0 + $1.arguments.serialized().count + 64 }
          + message.providerParts.reduce(0) { $0 + $1.payload.serialized().count }
      case .tool(_, let result): sum + 128 + size(of: result.parts)
      case .system(let text): sum + 128 + text.utf8.count
      }
    }
  }
}

extension TranscriptCache.State {
  fileprivate mutating func put(_ entry: TranscriptCache.Entry, _ session: SessionID) {
    remove(session)
    guard entry.bytes <= TranscriptCache.maxEntryBytes else { return }
    uses += 1
    var entry = entry
    entry.lastUse = uses
    entries[session] = entry
    bytes += entry.bytes
    if bytes > TranscriptCache.maxBytes || entries.count > TranscriptCache.maxEntries { shrink() }
  }

  fileprivate mutating func remove(_ session: SessionID) {
    if let entry = entries.removeValue(forKey: session) { bytes -= entry.bytes }
  }

  /// Evicts the least recently used half.
  private mutating func shrink() {
    let old = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(max(1, entries.count / 2))
    for (session, _) in old { remove(session) }
  }
}
