import ClawCore

/// Messages to a running run that it did not read because it ended without an answer. Each has become a run of its own,
/// at the end of the session's queue.
public struct RequeuedMessages: Sendable {
  public let address: SessionAddress
  public let session: SessionID
  public let messages: [TranscriptMessage]
  /// The lanes of the new runs.
  public let lanes: Set<Lane>
  /// The number of the session's last event.
  public let lastEvent: Int64
}

extension TenantTransaction {
  /// Turns a run's unread messages into runs. Call it in the transaction that ends the run or requests its abort,
  /// holding the lock on the session's row.
  /// - Returns: nil if there are no unread messages.
  public func requeueUnread(
    of run: RunID, in session: SessionID, at address: SessionAddress, now: Timestamp
  ) throws -> RequeuedMessages? {
    let entries = try inbox.entries(for: run, in: session)
    guard !entries.isEmpty else { return nil }
    let position = try sessions.advance(
      session, by: .init(messages: entries.count, events: 0, isInTranscript: false, newRuns: entries.count), at: now)
    let rows = entries.enumerated().map { offset, entry in
      TranscriptMessage(
        seq: position.lastMessage - Int64(entries.count - 1 - offset), id: .generate(at: now), run: entry.id,
        createdAt: now, body: .user(entry.message))
    }
    try messages.add(rows, to: session)
    for (entry, row) in zip(entries, rows) {
      try runs.add(
        NewRun(
          id: entry.id, address: address, session: session, source: entry.source, lane: entry.lane,
          options: entry.options, messageSeq: row.seq, actor: entry.actor, replyTo: entry.replyTo), at: now)
      try queue.add(
        entry.id, of: address.tenant, user: address.user, mailbox: session, position: row.seq, lane: entry.lane,
        isBehind: row.seq != rows[0].seq)
    }
    try inbox.remove(entries, of: session)
    return RequeuedMessages(
      address: address, session: session, messages: rows, lanes: Set(entries.map(\.lane)),
      lastEvent: position.lastEvent)
  }

  /// As ``requeueUnread(of:in:at:now:)`` for a claimed run.
  func requeueUnread(of run: ClaimedRun, at now: Timestamp) throws -> RequeuedMessages? {
    try requeueUnread(of: run.id, in: run.session, at: run.address, now: now)
  }
}
