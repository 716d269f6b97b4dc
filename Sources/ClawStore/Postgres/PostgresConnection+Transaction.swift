import CPostgres

extension PostgresConnection {
  /// Begins a transaction. Where nothing pools, the words go with its first statement.
  /// - Parameters:
  ///   - isShared: Whether several parts share it, which then shall not wait long for what one of them needs.
  ///   - mark: By which one that writes can be asked after if the answer to its COMMIT is lost; see
  ///     ``lastMark(of:_:)``. One of the owner, who may be making the table of marks, is asked after by its number.
  func begin(
    _ scope: DatabaseScope, writes: Bool, isShared: Bool = false, mark: CommitMark?,
    _ configuration: PostgresConfiguration
  ) throws {
    startAnew()
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

  /// The last mark of a worker that is kept.
  func lastMark(of worker: String, _ configuration: PostgresConfiguration) throws -> Int64? {
    try begin(.node, writes: true, mark: nil, configuration)
    let mark = try query(SQLDialect.postgresLastMark, [.text(worker)]) { $0.integer(0) }.first
    try commit()
    return mark
  }

  /// Makes it durable.
  /// - Throws: what a statement that nobody has waited for, or the check of one, had to say; nothing is kept then.
  func commit() throws {
    guard let pipeline else {
      isCommitUnknown = true
      defer { if isAlive { isCommitUnknown = false } }
      try run("COMMIT")
      return
    }
    try settle(pipeline)
    try sendInserts(on: pipeline)
    // Only what can't be refused any more is asked to be kept.
    if pipeline.hasChecks { try flush(pipeline) }
    if let refusal = pipeline.refusal { throw refusal }
    isCommitUnknown = true
    try send("COMMIT", [], on: pipeline) { cpostgres_clear($0) }
    try flush(pipeline)
    leavePipeline()
  }

  /// Which part of the transaction refused to go on, or would have had to wait too long, counted from 1; nil or 0 if it
  /// was not one of them.
  var refusedPart: Int? {
    guard let pipeline else { return nil }
    if let failure { return failure.kind == .busy ? pipeline.failedPart : nil }
    return pipeline.refusal == nil ? pipeline.part : pipeline.refusedPart
  }

  /// Goes on with what was asked until nothing is left to be asked.
  private func settle(_ pipeline: PostgresPipeline) throws {
    while true {
      if try pipeline.resumeNext() { continue }
      guard pipeline.hasQuestions else { return }
      try flush(pipeline)
    }
  }

  /// Forgets what nobody waits for any more, so that plain statements can be run.
  func leavePipeline() {
    guard let pipeline else { return }
    if !pipeline.isEmpty { try? flush(pipeline) }
    self.pipeline = nil
    if isAlive { _ = cpostgres_exit_pipeline(handle) }
  }
}
