import ClawCore
import ClawJSON
import ClawProtocol

/// `chat.*`
struct ChatMethods: Sendable {
  let chat: any ChatService
  let models: any ModelCatalog
  let maxMessageBytes: Int

  func register(in registry: inout MethodRegistry) {
    registry.register(ChatSend.self, isOrdered: true) { params, context in
      try await send(params, context)
    }
    registry.register(ChatHistory.self) { params, principal in
      try await history(params, as: principal)
    }
    registry.register(ChatAbort.self) { params, principal in
      ChatAbort.Result(runIds: try await chat.abort(try target(of: params), as: principal).map(\.rawValue))
    }
  }

  private func send(_ params: ChatSend.Params, _ context: CallContext) async throws -> Reply<ChatSend.Result> {
    if let model = params.model, try await models.models(of: context.principal.tenant).find(model) == nil {
      throw ClawError(.notFound, "unknown model: \(model.prefix(100))")
    }
    let accepted = try await chat.accept(try inbound(params, watcher: context.watcher), as: context.principal)
    guard params.wait ?? true else { return .now(ChatSend.Result(accepted)) }
    return .later {
      try ChatSend.Result(try await chat.outcome(of: accepted, as: context.principal))
    }
  }

  private func inbound(_ params: ChatSend.Params, watcher: WatcherID) throws(ClawError) -> Inbound {
    guard !params.message.isBlank else {
      throw ClawError(.invalidRequest, "params.message must not be empty")
    }
    guard params.message.utf8.count <= maxMessageBytes else {
      throw ClawError(.invalidRequest, "params.message must be at most \(maxMessageBytes) bytes long")
    }
    if let key = params.idempotencyKey, !(1...255).contains(key.utf8.count) {
      throw ClawError(.invalidRequest, "params.idempotencyKey must be 1 to 255 bytes long")
    }
    guard let mode = MessageMode(rawValue: params.mode ?? MessageMode.queue.rawValue) else {
      let modes = MessageMode.allCases.map(\.rawValue).joined(separator: ", ")
      throw ClawError(.invalidRequest, "params.mode must be one of \(modes)")
    }
    let (agent, session) = try place(agentId: params.agentId, sessionKey: params.sessionKey)
    return Inbound(
      agent: agent, session: session, user: try ParameterChecks.user(params.userId),
      message: UserMessage(params.message), mode: mode,
      options: RunOptions(stream: params.stream ?? true, thinking: params.thinking ?? false, model: params.model),
      idempotencyKey: params.idempotencyKey, watcher: watcher)
  }

  /// The agent and session of a message: either determines the other, and they must not contradict each other.
  private func place(agentId: String?, sessionKey: String?) throws(ClawError) -> (AgentKey, SessionKey) {
    let named = try ParameterChecks.agent(agentId)
    guard let sessionKey else {
      let agent = named ?? .standard
      return (agent, SessionKey(agent: agent, rest: "ws:main"))
    }
    let session = try SessionKey(validating: sessionKey)
    if let named, named != session.agentKey {
      throw ClawError(
        .invalidRequest, "sessionKey belongs to the agent \(session.agentKey), not to agentId \(named)")
    }
    return (session.agentKey, session)
  }

  private func history(_ params: ChatHistory.Params, as principal: Principal) async throws -> ChatHistory.Result {
    let session = try SessionKey(validating: params.sessionKey)
    let page = try await chat.history(
      of: session, user: try ParameterChecks.user(params.userId),
      limit: try ParameterChecks.limit(params.limit, standard: 100, max: 500), before: params.before, as: principal)
    return ChatHistory.Result(
      sessionKey: session.rawValue, messages: page.messages.map(ChatHistory.Message.init),
      nextBefore: page.nextBefore, resumeSeq: page.resumeSeq)
  }

  private func target(of params: ChatAbort.Params) throws(ClawError) -> AbortTarget {
    switch (params.runId, params.sessionKey) {
    case (let run?, nil):
      return .run(RunID(unchecked: run))
    case (nil, let key?):
      return .session(try SessionKey(validating: key), user: try ParameterChecks.user(params.userId))
    default:
      throw ClawError(.invalidRequest, "exactly one of params.runId and params.sessionKey is needed")
    }
  }
}
