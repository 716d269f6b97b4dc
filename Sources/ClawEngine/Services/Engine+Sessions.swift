import ClawCore
import ClawJSON
import ClawStore

extension Engine: SessionService {
  public func list(_ query: SessionQuery, as principal: Principal) async throws -> SessionPage {
    let user = try principal.acting(for: query.user)
    guard (query.text?.utf8.count ?? 0) <= SessionKey.maxBytes else {
      throw ClawError(.invalidRequest, "query must be at most \(SessionKey.maxBytes) bytes long")
    }
    guard (1...200).contains(query.limit) else { throw ClawError(.invalidRequest, "limit must be 1 to 200") }
    let cursor = try query.cursor.map(Self.cursor(from:))
    return try await parts.store.tenant(principal.tenant).read { transaction in
      let rows = try transaction.sessionList.page(
        of: user, agent: query.agent, text: query.text, after: cursor, limit: query.limit + 1)
      let page = Array(rows.prefix(query.limit))
      let next = rows.count > query.limit ? page.last.map { "\($0.updatedAt.milliseconds).\($0.id)" } : nil
      return SessionPage(sessions: page, nextCursor: next)
    }
  }

  private static func cursor(from text: String) throws(ClawError) -> SessionCursor {
    let parts = text.split(at: ".", maxSplits: 1)
    guard parts.count == 2, let milliseconds = Int64(parts[0]), parts[1].utf8.count <= 64 else {
      throw ClawError(field: .cursor, "must be what an earlier page gave to go on with")
    }
    return SessionCursor(
      updatedAt: Timestamp(milliseconds: milliseconds), id: SessionID(unchecked: String(parts[1])))
  }

  public func delete(_ session: SessionKey, user: UserID?, as principal: Principal) async throws {
    let address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: session)
    let stopped = try await abort(.session(session, user: user), as: principal)
    await waitBriefly(for: stopped, as: principal)
    let now = parts.time.now
    try await parts.store.tenant(address.tenant).write { [parts] transaction in
      guard let counters = try transaction.sessionLocks.lock(address), counters.exists else {
        throw ClawError(.notFound, "session not found: \(session)")
      }
      // Notifies waiters and watchers of runs that could not be stopped in time.
      try RunTermination.abort.endAll(of: counters.id, in: transaction, of: parts, at: now)
      try Self.notifyPeers(of: stopped, in: counters, at: address, transaction, parts)
      transaction.afterCommit { parts.transcripts.remove(counters.id) }
      // A node that still works on a run of the session loses its lease here.
      try transaction.queue.removeAll(of: counters.id)
      let removal = try transaction.sessions.reset(counters.id, as: .generate(at: now))
      if try !transaction.rowRemoval.begin(removal, at: now) {
        transaction.afterCommit { parts.removals.signal() }
      }
    }
  }

  /// Recently logged ends are removed with the log, and other nodes may not have read them yet.
  private static func notifyPeers(
    of runs: [RunID], in counters: SessionCounters, at address: SessionAddress, _ transaction: TenantTransaction,
    _ parts: EngineParts
  ) throws {
    guard !runs.isEmpty, !parts.store.isExclusive else { return }
    let latest = try transaction.events.events(
      of: counters.id, at: address, after: counters.headSeq - EventHub.maxAnnounced, limit: Int(EventHub.maxAnnounced))
    let ends = latest.filter { $0.body.isTerminal && runs.contains($0.run) }
    transaction.afterCommit {
      parts.hub.publishUnlogged(ends)
      for end in ends { parts.peers.notify(.ended(end)) }
    }
  }

  /// Waits briefly for stopped runs to end.
  func waitBriefly(for runs: [RunID], as principal: Principal) async {
    guard !runs.isEmpty else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [self] in
        for run in runs { _ = try? await outcome(of: run, as: principal) }
      }
      group.addTask { [parts] in try? await Task.sleep(for: parts.configuration.stopTimeout) }
      await group.next()
      group.cancelAll()
    }
  }

  public func label(
    _ session: SessionKey, user: UserID?, as label: String, by principal: Principal
  ) async throws {
    let address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: session)
    guard label.count <= 200, !label.containsControlCharacters else {
      throw ClawError(.invalidRequest, "label must be at most 200 characters, without control characters")
    }
    let now = parts.time.now
    let isThere = try await parts.store.tenant(address.tenant).write {
      try $0.sessions.setLabel(label, of: address, at: now)
    }
    guard isThere else { throw ClawError(.notFound, "session not found: \(session)") }
  }
}
