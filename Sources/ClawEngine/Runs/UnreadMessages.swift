import ClawCore
import ClawStore

/// What was said to a run while it was under way and that it will not read: it ends otherwise than by an answer. Each
/// message becomes a run of its own, at the end of the session's queue.
struct UnreadMessages {
  let run: RunID
  let session: SessionID
  let address: SessionAddress

  /// Call it in the transaction that ends the run, or that asks it to end, and holding the session's row.
  /// - Returns: How many there are.
  @discardableResult
  func requeue(in transaction: TenantTransaction, of engine: EngineParts, at now: Timestamp) throws -> Int {
    let entries = try transaction.inbox.entries(for: run, in: session)
    guard !entries.isEmpty else { return 0 }
    let numbers = try transaction.sessions.advance(
      session, by: .init(messages: entries.count, events: 0, isInTranscript: false, newRuns: entries.count), at: now)
    let rows = entries.enumerated().map { offset, entry in
      TranscriptMessage(
        seq: numbers.lastMessage - Int64(entries.count - 1 - offset), id: .generate(at: now), run: entry.id,
        createdAt: now, body: .user(entry.message))
    }
    try transaction.messages.add(rows, to: session)
    for (entry, row) in zip(entries, rows) {
      try transaction.runs.add(
        NewRun(
          id: entry.id, address: address, session: session, source: entry.source, lane: entry.lane,
          options: entry.options, messageSeq: row.seq, actor: entry.actor, replyTo: entry.replyTo), at: now)
      try transaction.queue.add(
        entry.id, of: address.tenant, user: address.user, mailbox: session, position: row.seq, lane: entry.lane,
        isBehind: row.seq != rows[0].seq)
    }
    try transaction.inbox.remove(entries, of: session)
    transaction.afterCommit { [address, session] in
      engine.transcripts.append(rows, to: session)
      engine.hub.willBegin(after: numbers.lastEvent, in: address)
      engine.peers.tell(.work(Array(Set(entries.map(\.lane)))))
    }
    return entries.count
  }
}
