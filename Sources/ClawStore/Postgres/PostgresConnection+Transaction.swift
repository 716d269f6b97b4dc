import CPostgres

extension PostgresConnection {
  /// Begins a transaction. Without a pooler, the BEGIN is sent along with the first statement.
  /// - Parameters:
  ///   - isShared: Whether several parts share the transaction, which then must not wait long for a lock that one part
  ///     needs.
  ///   - mark: Identifies a writing transaction whose COMMIT gets no answer; see ``lastMark(of:_:)``. The owner's
  ///     transactions, which may be creating the table of marks, are identified by their transaction ID.
  func begin(
    _ scope: DatabaseScope, writes: Bool, isShared: Bool = false, mark: CommitMark?,
    _ configuration: PostgresConfiguration
  ) throws {
    resetState()
    if isPooled {
      try run(PostgresTransaction.begin(scope, writes: writes, isShared: isShared, configuration))
    } else {
      try beginPipeline(scope, writes: writes, isShared: isShared, configuration)
    }
    if writes, scope == .owner {
      transactionID = try query(PostgresTransaction.numbering, []) { $0.text(0) }.first
    } else if writes, let mark {
      let sql = mark.isFirst ? SQLDialect.postgresMark : SQLDialect.postgresNextMark
      try executePipelined(sql, [.text(mark.worker), .integer(mark.number)], check: nil)
    }
  }

  private func beginPipeline(
    _ scope: DatabaseScope, writes: Bool, isShared: Bool, _ configuration: PostgresConfiguration
  ) throws(DatabaseError) {
    guard cpostgres_enter_pipeline(handle) != 0 else { throw noted(lost("")) }
    let pipeline = PostgresPipeline()
    self.pipeline = pipeline
    try send(PostgresTransaction.opening(writes: writes), [], on: pipeline) { cpostgres_clear($0) }
    let tenant: String
    switch scope {
    case .owner: return
    case .node: tenant = ""
    case .tenant(let id): tenant = id.rawValue
    }
    let assumed: [SQLValue] = [.text(configuration.role), .text(tenant)]
    if isShared {
      let timeout = SQLValue.text(String(PostgresTransaction.sharedLockTimeout.milliseconds))
      try send(PostgresTransaction.assumingShared, assumed + [timeout], on: pipeline) { cpostgres_clear($0) }
    } else {
      try send(PostgresTransaction.assuming, assumed, on: pipeline) { cpostgres_clear($0) }
    }
  }

  /// The number of the last stored mark of a worker.
  func lastMark(of worker: String, _ configuration: PostgresConfiguration) throws -> Int64? {
    try begin(.node, writes: true, mark: nil, configuration)
    let mark = try query(SQLDialect.postgresLastMark, [.text(worker)]) { $0.integer(0) }.first
    try commit()
    return mark
  }

  /// Commits the transaction.
  /// - Throws: the error of a statement that was sent without waiting, or of its check; the transaction is then rolled
  ///   back.
  func commit() throws {
    guard let pipeline else {
      isCommitUnknown = true
      defer { if isAlive { isCommitUnknown = false } }
      try run("COMMIT")
      return
    }
    try settle(pipeline)
    try sendInserts(on: pipeline)
    // COMMIT is sent only after all checks have passed.
    if pipeline.hasChecks { try flush(pipeline) }
    if let refusal = pipeline.refusal { throw refusal }
    isCommitUnknown = true
    try send("COMMIT", [], on: pipeline) { cpostgres_clear($0) }
    try flush(pipeline)
    leavePipeline()
  }

  /// Which part of the transaction failed or hit the lock timeout, counted from 1; nil or 0 if none is to blame.
  var refusedPart: Int? {
    guard let pipeline else { return nil }
    if let failure { return failure.kind == .busy ? pipeline.failedPart : nil }
    return pipeline.refusal == nil ? pipeline.part : pipeline.refusedPart
  }

  /// Runs pending continuations until no part has a query outstanding.
  private func settle(_ pipeline: PostgresPipeline) throws {
    while true {
      if try pipeline.resumeNext() { continue }
      guard pipeline.hasPendingQueries else { return }
      try flush(pipeline)
    }
  }

  /// Discards pending statements and leaves pipeline mode, so that plain statements can be run.
  func leavePipeline() {
    guard let pipeline else { return }
    if !pipeline.isEmpty { try? flush(pipeline) }
    self.pipeline = nil
    if isAlive { _ = cpostgres_exit_pipeline(handle) }
  }
}
