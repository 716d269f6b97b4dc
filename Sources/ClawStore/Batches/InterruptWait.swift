import ClawCore

extension TenantTransaction {
  /// Ends the wait of a run because somebody has spoken to it: the calls that wait get their results, which the run
  /// stores when it goes on. What was decided before stays as it was decided. The caller holds the session's row.
  ///
  /// A model can't be called while one of its calls has no result, and whoever writes expects an answer now, not once
  /// somebody decides, maybe in weeks. So the model reads that the calls were not done, reads the message behind that,
  /// and calls the tool again if that is still wanted. An approval that comes later is refused, as it was meant for a
  /// call that the message may have made wrong.
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
