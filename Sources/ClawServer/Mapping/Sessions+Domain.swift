import ClawCore
import ClawProtocol

extension SessionsList.Session {
  init(_ session: SessionSummary) {
    self.init(
      key: session.address.key.rawValue, agentId: session.agent.rawValue, userId: session.address.user.rawValue,
      label: session.label, channel: session.channel, messageCount: session.messageCount, model: session.model,
      inputTokens: session.inputTokens, outputTokens: session.outputTokens, created: session.createdAt.rfc3339,
      updated: session.updatedAt.rfc3339, isRunning: session.isRunning)
  }
}

extension SessionsSubscribe.Result {
  init(_ info: SubscriptionInfo) {
    self.init(
      sessionKey: info.session.rawValue, headSeq: info.headSeq, oldestSeq: info.oldestSeq,
      activeRunId: info.activeRun?.rawValue)
  }
}
