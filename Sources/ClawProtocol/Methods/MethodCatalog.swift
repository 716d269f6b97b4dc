/// All methods; the architecture test compares it with the types in this folder.
public enum MethodCatalog {
  /// The methods of the gateway, in the order of the documentation.
  public static let all: [any Method.Type] = [
    Connect.self, Health.self, Status.self, AgentGet.self, ModelsList.self,
    AgentsList.self, AgentsCreate.self, AgentsUpdate.self, AgentsDelete.self,
    ChatSend.self, ChatHistory.self, ChatAbort.self,
    SessionsList.self, SessionsDelete.self, SessionsLabel.self, SessionsSubscribe.self, SessionsUnsubscribe.self,
    SkillsList.self, SkillsGet.self,
    CronList.self, CronCreate.self, CronDelete.self, CronToggle.self,
    LogsTail.self,
    BrowserPairingStatus.self, DevicePairRequest.self, DevicePairApprove.self, DevicePairList.self,
    DevicePairRevoke.self,
  ]
}
