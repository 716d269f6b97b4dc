import ClawCore

extension TenantTransaction {
  /// Ends the wait of a run because a message has arrived: its waiting calls get their results, which the run stores
  /// when it resumes. Earlier decisions are kept. The caller holds the lock on the session's row.
  ///
  /// A model can't be called while one of its calls has no result, and the sender expects an answer now, not after a
  /// decision that may take weeks. So the model reads that the calls were not done and then the message, and calls the
  /// tool again if it is still wanted. A later approval is rejected, because the message may have made the call wrong.
  public func interruptWait(of run: RunID, in session: SessionID, by user: UserID, at now: Timestamp) throws {
    for call in try toolCalls.open(of: run, in: session) where call.state == .waiting {
      _ = try toolCalls.decide(
        call, as: .interrupted, answer: .interruptedWait(for: call.wait?.reason), by: user, in: session, at: now)
    }
  }
}

extension ToolResult {
  fileprivate static func interruptedWait(for reason: WaitReason?) -> ToolResult {
    switch reason {
    case .time:
      ToolResult(content: "the wait ended early: the user sent a message, which follows")
    case .child:
      ToolResult(content: "no result yet: the user sent a message before it came, which follows", isError: true)
    case .approval, nil:
      ToolResult(
        content: "not run: the user sent a message before anybody decided about this call; read it, and call the tool "
          + "again if that is still wanted", isError: true)
    }
  }
}
