import ClawCore
import ClawProtocol

/// `sessions.*`
struct SessionMethods: Sendable {
  let sessions: any SessionService
  let feed: any EventFeed

  func register(in registry: inout MethodRegistry) {
    registry.register(SessionsList.self) { params, principal in
      let page = try await sessions.list(try query(params), as: principal)
      return SessionsList.Result(
        sessions: page.sessions.map(SessionsList.Session.init), nextCursor: page.nextCursor)
    }
    registry.register(SessionsDelete.self) { params, principal in
      try await sessions.delete(
        try ParameterChecks.session(inKey: params.key), user: try ParameterChecks.user(params.userId), as: principal)
      return OK()
    }
    registry.register(SessionsLabel.self) { params, principal in
      guard params.label.count <= 200 else {
        throw ClawError(.invalidRequest, "params.label must be at most 200 characters long")
      }
      try await sessions.label(
        try ParameterChecks.session(inKey: params.key), user: try ParameterChecks.user(params.userId), as: params.label,
        by: principal)
      return SessionsLabel.Result(key: params.key, label: params.label)
    }
    registerSubscriptions(in: &registry)
  }

  private func registerSubscriptions(in registry: inout MethodRegistry) {
    registry.register(SessionsSubscribe.self, isOrdered: false) { params, context in
      let pending = try await feed.subscribe(
        context.watcher, to: try SessionKey(validating: params.sessionKey),
        user: try ParameterChecks.user(params.userId), after: params.afterSeq, as: context.principal)
      return .followed(SessionsSubscribe.Result(pending.info), by: { await pending.run() })
    }
    registry.register(SessionsUnsubscribe.self, isOrdered: false) { params, context in
      try await feed.unsubscribe(
        context.watcher, from: try SessionKey(validating: params.sessionKey),
        user: try ParameterChecks.user(params.userId), as: context.principal)
      return .now(OK())
    }
  }

  private func query(_ params: SessionsList.Params) throws(ClawError) -> SessionQuery {
    SessionQuery(
      user: try ParameterChecks.user(params.userId), agent: try ParameterChecks.agent(params.agentId),
      text: params.query, limit: try ParameterChecks.limit(params.limit, standard: 50, max: 200),
      cursor: params.cursor)
  }
}
