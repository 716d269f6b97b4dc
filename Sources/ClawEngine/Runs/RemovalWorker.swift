import ClawCore
import ClawStore
import Logging

/// Removes the rows of deleted objects: long sessions, jobs with many slots, users, tenants. Each transaction removes a
/// bounded number, so that others can write in between. After a crash the removal is resumed at the next start, or by
/// another node.
struct RemovalWorker: Sendable {
  /// Removals read at once.
  private static let pageSize = 100
  /// Sessions of an erased user or tenant removed in one transaction.
  private static let sessionsAtOnce = 20

  let store: Store
  /// The interval of polling for unannounced removals.
  let interval: Duration
  /// Wakes this when a deleted object still has rows.
  let removals: LaneSignal
  let access: StoreAccessService
  let hub: EventHub
  let peers: Peers
  let transcripts: TranscriptCache
  /// Ends the unfinished runs of a session whose rows are removed in the same transaction.
  let endRuns: @Sendable (SessionID, TenantTransaction, Timestamp) throws -> Void
  /// The files of media.
  let media: MediaFolder
  /// Nil if others manage the folders.
  let folders: (any AgentFolders)?
  let workspaces: Workspaces
  let time: TimeSource
  let logger: Logger

  /// Runs until cancelled.
  func run() async {
    while !Task.isCancelled {
      await removeAll()
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await Task.sleep(for: interval) }
        group.addTask { _ = await removals.wait() }
        await group.next()
        group.cancelAll()
      }
    }
  }

  /// Removes everything that is pending, as far as possible.
  func removeAll() async {
    do {
      try await eachPending(of: nil) { removal in
        do {
          try await remove(removal)
        } catch  where !Task.isCancelled {
          // A failed removal does not block others and is retried in the next round.
          logger.warning(
            "removal.failed",
            metadata: ["tenant": "\(removal.tenant)", "kind": "\(removal.kind.rawValue)", "error": "\(error)"])
        }
      }
    } catch {
      guard !Task.isCancelled else { return }
      logger.warning("removal.look_failed", metadata: ["error": "\(error)"])
    }
  }

  /// Removes a user or a tenant with everything that is left of them.
  /// - Throws: If it can't be done now. It is resumed later, whether or not the caller retries.
  func finish(_ removal: Removal) async throws {
    do {
      try await remove(removal)
      // The rows of their sessions and jobs.
      try await eachPending(of: removal.tenant) { try await remove($0) }
    } catch {
      removals.signal()
      throw error
    }
  }

  private func eachPending(of tenant: TenantID?, _ body: (Removal) async throws -> Void) async throws {
    var last: Removal?
    while true {
      let after = last
      let page = try await store.node.read {
        try $0.removals.page(of: tenant, after: after, limit: Self.pageSize)
      }
      for removal in page { try await body(removal) }
      guard page.count == Self.pageSize else { return }
      last = page.last
    }
  }

  private func remove(_ removal: Removal) async throws {
    switch removal.kind {
    case .session, .job, .media:
      try await repeatedly(of: removal) { [media, time] transaction in
        try transaction.rowRemoval.continueRemoval(removal, at: time.now) { digest in
          try media.removeNow(digest, of: removal.tenant)
        }
      }
      // Its files are removed first.
      if removal.kind == .session { removals.signal() }
    case .user: try await eraseUser(removal)
    case .tenant: try await eraseTenant(removal)
    }
  }

  /// Repeats a transaction until it returns true.
  private func repeatedly(
    of removal: Removal, _ body: @escaping @Sendable (TenantTransaction) throws -> Bool
  ) async throws {
    let database = store.tenant(removal.tenant)
    repeat { try Task.checkCancellation() } while try await !database.write(body)
  }

  private func eraseUser(_ removal: Removal) async throws {
    let database = store.tenant(removal.tenant)
    while let user = try await database.read({ try $0.erasure.user(of: removal) }) {
      try await eraseSessions(of: user, in: removal.tenant)
      // The folder is removed while no run can act for the user: a later user of the same name has the same folder.
      await removeFolder(of: user, in: removal.tenant)
      let now = time.now
      let isDone = try await database.write { transaction in
        let isDone = try transaction.erasure.continueRemoval(removal, of: user, at: now)
        if isDone { announce(removal, of: user, in: transaction) }
        return isDone
      }
      guard isDone else { continue }
      logger.notice("user.erased", metadata: ["tenant": "\(removal.tenant)"])
      // The rows of their sessions and jobs are removed first.
      removals.signal()
      return
    }
    // Another node has removed it already.
    try await database.write { try $0.removals.settle(removal) }
  }

  private func eraseTenant(_ removal: Removal) async throws {
    let tenant = removal.tenant
    var isDone = false
    while !isDone {
      try await eraseSessions(of: nil, in: tenant)
      // The folders are removed while the tenant's name is still taken: a new tenant of that name would have the same
      // folders.
      await removeFolders(of: tenant)
      isDone = try await store.tenant(tenant).write { transaction in
        let isDone = try transaction.erasure.continueTenantRemoval(removal)
        if isDone { announce(removal, of: nil, in: transaction) }
        return isDone
      }
    }
    logger.notice("tenant.erased", metadata: ["tenant": "\(tenant)"])
  }

  private func announce(_ removal: Removal, of user: UserID?, in transaction: TenantTransaction) {
    access.announceChange(in: transaction)
    // A new tenant or user of the same name counts events from the start.
    transaction.afterCommit { [hub, peers] in
      hub.erased(user, of: removal.tenant)
      peers.notify(.erased(removal.tenant, user))
    }
  }

  private func removeFolder(of user: UserID, in tenant: TenantID) async {
    do {
      _ = try await folders?.remove(workspaces.userFolders(of: user, in: tenant))
    } catch {
      logger.warning("user.folder_not_removed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
  }

  private func removeFolders(of tenant: TenantID) async {
    do {
      _ = try await folders?.remove(workspaces.folder(of: tenant))
      _ = try await folders?.remove(media.path(of: tenant))
    } catch {
      logger.warning("tenant.folders_not_removed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
  }

  /// Removes the sessions of a user, or all of the tenant; stops their runs and notifies the waiters.
  private func eraseSessions(of user: UserID?, in tenant: TenantID) async throws {
    let (transcripts, endRuns) = (transcripts, endRuns)
    var isDone = false
    while !isDone {
      try Task.checkCancellation()
      let now = time.now
      isDone = try await store.tenant(tenant).write { transaction in
        let sessions = try transaction.erasure.sessions(of: user, limit: Self.sessionsAtOnce)
        for session in sessions {
          try endRuns(session, transaction, now)
          transaction.afterCommit { transcripts.remove(session) }
          try transaction.erasure.erase(session, at: now)
        }
        return sessions.count < Self.sessionsAtOnce
      }
    }
  }
}
