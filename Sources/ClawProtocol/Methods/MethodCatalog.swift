/// Every method there is; the architecture test holds it against the types in this folder.
public enum MethodCatalog {
  /// Served by the gateway, in the order in which the documents list them.
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
